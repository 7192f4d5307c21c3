/** What the conversation needs from whoever keeps the bytes of attachments. */
import type { Attachment, JsonObject, UploadDescriptor } from './items.ts'
import type { Owner } from './threads.ts'

export interface AttachmentUploads {
  /** Says where the browser is to send the bytes, and, for an image, where its preview will be. */
  prepare(
    owner: Owner,
    upload: { id: string; name: string; size: number; mimeType: string },
  ): Promise<PreparedUpload>
  /** Removes the bytes; missing ones are no error. */
  remove(owner: Owner, attachment: Attachment): Promise<void>
}

export interface PreparedUpload {
  uploadDescriptor: UploadDescriptor
  /** Required for images. */
  previewUrl?: string
  /** Kept with the attachment, never sent. */
  metadata?: JsonObject
}
