/** What the conversation needs from whoever keeps the bytes of attachments. */
import type { Attachment, JsonObject, UploadDescriptor } from './items.ts'
import type { Owner } from './threads.ts'

export interface AttachmentUploads {
  /** Says where the browser is to send the bytes, and, for an image, where its preview will be. */
  prepare(
    owner: Owner,
    upload: {
      id: string
      name: string
      size: number
      mimeType: string
      /** Where the client asked: its origin is one under which we can be reached. */
      requestUrl: string
    },
  ): Promise<PreparedUpload>
  /** Removes the bytes; missing ones are no error. */
  remove(owner: Owner, attachment: Attachment): Promise<void>
  /** The attachment as it is sent: with addresses that work now. Default: as it was stored. */
  present?(owner: Owner, attachment: Attachment, requestUrl: string): Attachment
}

export interface PreparedUpload {
  uploadDescriptor: UploadDescriptor
  /** How the file is called from now on. Default: as the client called it. */
  name?: string
  /** Required for images. */
  previewUrl?: string
  /** Kept with the attachment, never sent. */
  metadata?: JsonObject
}

/** What an agent can read of an attachment. Resolves with null when there are no bytes, or more than so many. */
export type ReadAttachment = (
  owner: Owner,
  attachmentId: string,
  bytesMax: number,
) => Promise<AttachmentBytes | null>

export interface AttachmentBytes {
  name: string
  /** What the bytes are, not what somebody said. */
  mimeType: string
  /** Of text. */
  charset: string | null
  bytes: Uint8Array
}
