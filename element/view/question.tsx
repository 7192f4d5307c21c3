import type { VNode } from 'preact'
import type { UserMessageItem } from '../../server/contracts/chatkit/wire.ts'
import type { TagProps } from '../sources/tag.tsx'
import { uploadedAttachment } from '../store/composer.ts'
import { isProvisional } from '../store/state.ts'
import { messageText } from '../store/turns.ts'
import { CopyButton } from './copy-button.tsx'
import { Icon } from './icons.tsx'
import { lazyPart } from './lazy.tsx'
import type { SentAttachmentsProps } from './sent-attachments.tsx'
import type { ThreadParts } from './thread-parts.ts'

export interface QuestionProps {
  item: UserMessageItem
  /** Whether it is the person's last message. */
  isNewest: boolean
  copied: string | null
  thread: ThreadParts
}

const Tag = lazyPart<TagProps>(() => import('../sources/tag.tsx'))
const SentAttachments = lazyPart<SentAttachmentsProps>(() => import('./sent-attachments.tsx'))

/** What a person wrote. It is text and stays text. */
export function Question({ item, isNewest, copied, thread }: QuestionProps): VNode {
  const { words, actions, images } = thread
  const { attachments, quoted_text: quote } = item
  const text = messageText(item)
  return (
    <article className="question" part="message question">
      <h2 className="unseen">{words.youSaid}</h2>
      {attachments.length > 0 ? (
        <SentAttachments
          attachments={attachments}
          images={images}
          words={words}
          fallback={<p className="tag">{attachments.map(({ name }) => name).join(', ')}</p>}
        />
      ) : null}
      {text === '' && !quote ? null : (
        <div className="bubble" part="bubble">
          {quote ? <blockquote dir="auto">{quote}</blockquote> : null}
          <p dir="auto">
            {item.content.map((part, place) =>
              part.type === 'input_text' ? (
                part.text
              ) : (
                <Tag
                  key={place}
                  tag={part}
                  place={`${item.id} tag ${place}`}
                  actions={actions}
                  fallback={<span className="tag">{part.text}</span>}
                />
              ),
            )}
          </p>
        </div>
      )}
      {isProvisional(item.id) ? null : (
        <div className="question-actions">
          {text === '' ? null : (
            <CopyButton
              label={words.copyMessage}
              isCopied={copied === `${item.id}/message`}
              words={words}
              onCopy={() => actions.copy(`${item.id}/message`, text)}
            />
          )}
          {isNewest && !thread.isLocked ? <EditButton item={item} thread={thread} /> : null}
        </div>
      )}
    </article>
  )
}

/**
 * Puts the message into the composer, to be sent again as it then is. The protocol cannot change what was said, so what is sent
 * is a new message, and what was said before stays where it is.
 */
function EditButton({ item, thread: { words, actions } }: Pick<QuestionProps, 'item' | 'thread'>): VNode {
  return (
    <button
      type="button"
      className="quiet while-idle"
      aria-label={words.editMessage}
      title={words.editMessage}
      onClick={() => {
        const { content, attachments, quoted_text: quote = null } = item
        const draft = { content, quote, attachments: attachments.map(uploadedAttachment) }
        actions.dispatch({ type: 'composer-editing', itemId: item.id, draft })
        actions.focusComposer()
      }}
    >
      <Icon name="rename" />
    </button>
  )
}
