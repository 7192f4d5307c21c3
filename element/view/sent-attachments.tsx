import type { VNode } from 'preact'
import type { Attachment } from '../../server/contracts/chatkit/wire.ts'
import { NamedIcon } from '../icons/named-icon.tsx'
import { allowedImage } from '../markdown/image-policy.ts'
import type { ImagePolicy } from '../markdown/image-policy.ts'
import type { Words } from '../words/words.ts'
import sentStyle from './sent-attachments.css?inline'
import { Zoomable } from './zoomable.tsx'
import zoomableStyle from './zoomable.css?inline'

export const style: string = zoomableStyle + sentStyle

export interface SentAttachmentsProps {
  attachments: readonly Attachment[]
  images: ImagePolicy
  words: Words
}

/** What was sent with a message. */
export function View({ attachments, images, words }: SentAttachmentsProps): VNode {
  return (
    <ul className="sent" aria-label={words.attachments}>
      {attachments.map((attachment) => {
        const preview = previewOf(attachment, images)
        return (
          <li key={attachment.id}>
            {preview === undefined ? (
              <FileChip attachment={attachment} />
            ) : (
              <Zoomable source={preview} description={attachment.name} name={attachment.name} words={words} />
            )}
          </li>
        )
      })}
    </ul>
  )
}

/** The server may say only where on it the image is. */
function previewOf(attachment: Attachment, images: ImagePolicy): string | undefined {
  if (attachment.type !== 'image' || !URL.canParse(attachment.preview_url, images.origin)) return undefined
  return allowedImage(new URL(attachment.preview_url, images.origin).href, images)
}

function FileChip({ attachment: { name, mime_type, type } }: { attachment: Attachment }): VNode {
  return (
    <span className="sent-file">
      <span className="sent-file-icon">
        <NamedIcon name={type === 'image' ? 'square-image' : 'document'} />
      </span>
      <span className="sent-file-words">
        <span className="sent-file-name" dir="auto">
          {name}
        </span>
        <span className="sent-file-kind">{kindOf(name, mime_type)}</span>
      </span>
    </span>
  )
}

/** As people call it: the ending of its name, or else of its media type. */
function kindOf(name: string, mediaType: string): string {
  const ending = /\.([a-z\d]{1,5})$/i.exec(name)?.[1] ?? mediaType.split('/').at(-1) ?? mediaType
  return ending.toUpperCase()
}
