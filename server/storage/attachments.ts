import { encodeId } from '../conversation/ids.ts'
import type { Attachment } from '../conversation/items.ts'
import { cleanText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import type { BlobRecord, FileRecord, FileState, UploadedFile } from '../files/records.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'

interface AttachmentRow {
  id: string
  thread_id: string | null
  type: Attachment['type']
  name: string
  mime_type: string
  body: object
}

const columns = 'id, thread_id, type, name, mime_type, body'

export function insertAttachment(
  owner: Owner,
  attachmentId: string,
  threadId: string | null,
  attachment: Attachment,
): Statement<void> {
  const { id: _id, thread_id: _thread, type, name, mime_type, ...body } = attachment
  return command(
    `insert into attachments (id, tenant_id, user_id, thread_id, type, name, mime_type, body)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
    [
      attachmentId,
      owner.tenantId,
      owner.userId,
      threadId,
      type,
      cleanText(name),
      cleanText(mime_type),
      encodeJson(body),
    ],
  )
}

export function selectAttachment(owner: Owner, attachmentId: string): Statement<Attachment | undefined> {
  return statement<AttachmentRow, Attachment | undefined>(
    `select ${columns} from attachments where id = $1 and tenant_id = $2 and user_id = $3`,
    [attachmentId, owner.tenantId, owner.userId],
    ([row]) => (row === undefined ? undefined : attachmentOf(row)),
  )
}

export function deleteAttachment(owner: Owner, attachmentId: string): Statement<boolean> {
  return statement(
    'delete from attachments where id = $1 and tenant_id = $2 and user_id = $3 returning id',
    [attachmentId, owner.tenantId, owner.userId],
    (rows) => rows.length > 0,
  )
}

/** Those the owner has, in no particular order. */
export function claimAttachments(
  owner: Owner,
  threadId: string,
  attachmentIds: string[],
): Statement<Attachment[]> {
  return statement<AttachmentRow, Attachment[]>(
    `update attachments set thread_id = $3
     where id = any($4::uuid[]) and tenant_id = $1 and user_id = $2
     returning ${columns}`,
    [owner.tenantId, owner.userId, threadId, attachmentIds],
    (rows) => rows.map(attachmentOf),
  )
}

/** The columns and the body are what `insertAttachment` took apart. */
function attachmentOf(row: AttachmentRow): Attachment {
  return {
    ...row.body,
    id: encodeId('atc', row.id),
    type: row.type,
    name: row.name,
    mime_type: row.mime_type,
    ...(row.thread_id === null ? {} : { thread_id: encodeId('thr', row.thread_id) }),
  } as Attachment
}

interface FileRow {
  id: string
  name: string
  mime_type: string
  state: FileState
  is_claimed: boolean
  /** Null where it has no blob. */
  key: string | null
  purpose: 'content' | 'preview'
  blob_type: string
  charset: string | null
  bytes: number | string
  sha256: string
}

/** With its blobs: a row for each, or one without. */
export function selectFile(owner: Owner, attachmentId: string): Statement<FileRecord | undefined> {
  return statement<FileRow, FileRecord | undefined>(
    `select attachments.id, name, attachments.mime_type, state, thread_id is not null as is_claimed,
       key, purpose, blobs.mime_type as blob_type, charset, bytes, sha256
     from attachments
     left join blobs on blobs.attachment_id = attachments.id
       and blobs.tenant_id = attachments.tenant_id and blobs.user_id = attachments.user_id
     where attachments.id = $1 and attachments.tenant_id = $2 and attachments.user_id = $3`,
    [attachmentId, owner.tenantId, owner.userId],
    (rows) => {
      const [row] = rows
      if (row === undefined) return undefined
      const blob = (purpose: string): BlobRecord | null =>
        blobOf(rows.find((each) => each.key !== null && each.purpose === purpose))
      return {
        id: encodeId('atc', row.id),
        name: row.name,
        mimeType: row.mime_type,
        state: row.state,
        isClaimed: row.is_claimed,
        content: blob('content'),
        preview: blob('preview'),
      }
    },
  )
}

function blobOf(row: FileRow | undefined): BlobRecord | null {
  if (row === undefined || row.key === null) return null
  const { key, blob_type: mimeType, charset, bytes, sha256 } = row
  return { key, mimeType, charset, bytes: Number(bytes), sha256 }
}

/** From now on it is what was uploaded. Not when it belongs to a conversation: what was said does not change. */
export function updateUploadedAttachment(
  owner: Owner,
  attachmentId: string,
  file: UploadedFile,
): Statement<boolean> {
  return statement(
    `update attachments
     set type = $4, name = $5, mime_type = $6, state = $7,
         body = (body - 'upload_descriptor' - 'preview_url') || $8::jsonb
     where id = $1 and tenant_id = $2 and user_id = $3 and thread_id is null
     returning id`,
    [attachmentId, owner.tenantId, owner.userId, ...uploadedColumns(file)],
    (rows) => rows.length > 0,
  )
}

export function insertUploadedAttachment(
  owner: Owner,
  attachmentId: string,
  file: UploadedFile,
): Statement<void> {
  return command(
    `insert into attachments (id, tenant_id, user_id, type, name, mime_type, state, body)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
    [attachmentId, owner.tenantId, owner.userId, ...uploadedColumns(file)],
  )
}

function uploadedColumns({ name, mimeType, state, previewUrl }: UploadedFile): string[] {
  const body = previewUrl === null ? {} : { preview_url: previewUrl }
  return [
    previewUrl === null ? 'file' : 'image',
    cleanText(name),
    cleanText(mimeType),
    state,
    encodeJson(body),
  ]
}

/** In the engine's name: it sees only those that no conversation has claimed. Resolves with how many. */
export function deleteUnclaimedAttachments(seconds: number): Statement<number> {
  return statement<{ count: number | string }, number>(
    `with deleted as (
       delete from attachments
       where thread_id is null and created_at > '-infinity' and created_at < now() - make_interval(secs => $1)
       returning created_at
     )
     select count(*) as count from deleted`,
    [seconds],
    ([row]) => Number(row?.count ?? 0),
  )
}
