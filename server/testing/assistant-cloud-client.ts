/**
 * assistant-ui's cloud client as its package has it: what tests use of it, by its own types. It is loaded from `clients/`, so
 * that whoever has not installed that can still check types.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findClient } from './clients.ts'

export interface CloudThread {
  id: string
  title: string
  last_message_at: Date
  metadata: unknown
  external_id: string | null
  project_id: string
  workspace_id: string
  is_archived: boolean
}

export interface CloudMessage {
  id: string
  parent_id: string | null
  height: number
  format: string
  content: unknown
}

interface ThreadsQuery {
  is_archived?: boolean
  limit?: number
  after?: string
}
interface MessagesQuery {
  format?: string
  limit?: number
  after?: string
}
interface NewMessage {
  parent_id: string | null
  format: string
  content: object
}

export interface CloudClient {
  threads: {
    list(query?: ThreadsQuery): Promise<{ threads: CloudThread[] }>
    get(id: string): Promise<CloudThread>
    create(body: {
      last_message_at: Date
      title?: string
      metadata?: unknown
      external_id?: string
    }): Promise<{ thread_id: string }>
    update(
      id: string,
      body: { title?: string; metadata?: unknown; is_archived?: boolean; last_message_at?: Date },
    ): Promise<void>
    delete(id: string): Promise<void>
    claim(body: { refresh_token: string }): Promise<{ moved: number }>
    messages: {
      list(threadId: string, query?: MessagesQuery): Promise<{ messages: CloudMessage[] }>
      create(threadId: string, body: NewMessage): Promise<{ message_id: string }>
      update(threadId: string, messageId: string, body: { content: object }): Promise<void>
      feedback(
        threadId: string,
        messageId: string,
        body: { type: 'positive' | 'negative'; comment?: string },
      ): Promise<{ feedback_id: string; type: string; comment?: string | null }>
    }
  }
  projects: {
    threads: {
      list(query?: ThreadsQuery): Promise<{ threads: CloudThread[] }>
      messages: { list(threadId: string, query?: MessagesQuery): Promise<{ messages: CloudMessage[] }> }
    }
  }
  auth: { tokens: { create(): Promise<{ token: string }> } }
  runs: { report(body: object): Promise<{ run_id: string }> }
  files: {
    generatePresignedUploadUrl(body: {
      filename: string
    }): Promise<{ success: boolean; signedUrl: string; publicUrl: string; key?: string }>
    generatePresignedDownloadUrl(
      body: { key: string } | { url: string },
    ): Promise<{ signedUrl: string; key: string }>
    pdfToImages(body: { file_url: string }): Promise<unknown>
  }
  events: { track(event: object): void; dispose(): void }
  scores: { create(body: object): Promise<unknown> }
}

export type CloudConfig =
  | { baseUrl: string; authToken: () => Promise<string | null> }
  | { baseUrl: string; apiKey: string; userId: string; workspaceId: string }
  | { baseUrl: string; anonymous: true }

export interface CloudPackage {
  AssistantCloud: new (config: CloudConfig) => CloudClient
  /** What `useChat` and the runtimes make titles with, outside of React. */
  generateThreadTitle(
    cloud: CloudClient,
    options: { threadId: string; messages: readonly object[] },
  ): Promise<string | null>
  /** What keeps a runtime's messages: ids of its own, pages of 200. */
  CloudMessagePersistence: new (cloud: CloudClient) => {
    append(
      threadId: string,
      messageId: string,
      parentId: string | null,
      format: string,
      content: object,
    ): Promise<void>
    load(threadId: string, format?: string): Promise<CloudMessage[]>
  }
}

/** Null where the clients have not been installed. */
export async function loadAssistantCloud(): Promise<CloudPackage | null> {
  const folder = findClient('assistant-ui')
  if (folder === null) return null
  const path = createRequire(join(folder, 'package.json')).resolve('assistant-cloud')
  return (await import(pathToFileURL(path).href)) as CloudPackage
}
