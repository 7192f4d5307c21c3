/** What the conversation needs of attachments, from the keeper of files. */
import type { AttachmentUploads } from '../../conversation/attachments.ts'
import type { Attachment } from '../../conversation/items.ts'
import type { Owner } from '../../conversation/threads.ts'
import { extensionsOf } from '../../files/content-type.ts'
import { FileError, tooLarge } from '../../files/errors.ts'
import type { FileKeeper } from '../../files/keeper.ts'
import { cleanFileName } from '../../files/names.ts'
import { isRedrawn } from '../../files/policy.ts'

export interface AttachmentUploadsOptions {
  keeper: FileKeeper
  /** Our public origin, where a proxy rewrites `Host`. Default: the one that was asked. */
  publicUrl?: string
  /** Asked before a file is announced: throws where there are too many. Default: there never are. */
  admit?(owner: Owner): Promise<void>
}

export interface OwnUploads extends AttachmentUploads {
  /** The attachment with addresses that work now, for a while. */
  present(owner: Owner, attachment: Attachment, requestUrl: string): Attachment
}

export function createAttachmentUploads(options: AttachmentUploadsOptions): OwnUploads {
  const { keeper, publicUrl } = options
  const absolute = (path: string, requestUrl: string): string => new URL(path, publicUrl ?? requestUrl).href
  return {
    async prepare(owner, { id, name, size, mimeType, requestUrl }) {
      if (size > keeper.policy.fileBytesMax) throw tooLarge(keeper.policy.fileBytesMax)
      if (size === 0) throw new FileError('invalid_request', 'The file is empty.')
      await options.admit?.(owner)
      const url = absolute(keeper.path(owner, id, 'upload', size), requestUrl)
      return {
        name: cleanFileName(name, isRedrawn(mimeType) ? extensionsOf(mimeType) : []),
        // Some clients send the raw body, others a form; the address takes both.
        uploadDescriptor: { url, method: 'PUT', headers: {} },
        ...(isRedrawn(mimeType)
          ? { previewUrl: absolute(keeper.path(owner, id, 'preview'), requestUrl) }
          : {}),
      }
    },
    async remove(owner, attachment) {
      await keeper.remove(owner, attachment.id)
    },
    present(owner, attachment, requestUrl) {
      if (attachment.type === 'file') return attachment
      return {
        ...attachment,
        preview_url: absolute(keeper.path(owner, attachment.id, 'preview'), requestUrl),
      }
    },
  }
}
