import type { TargetedEvent, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { sizeWords } from '../chat/check-files.ts'
import type { DraftAttachment } from '../store/composer.ts'
import composerStyle from '../style/composer.css?inline'
import type { Words } from '../words/words.ts'
import { ComposerIcon } from './composer-icons.tsx'
import { Icon } from './icons.tsx'
import type { Actions, ViewParts } from './view-parts.ts'

export const style: string = composerStyle

/** What a message will be sent with: that it is written anew, what it answers to, its files. */
export function View({ state, words, actions }: ViewParts): VNode {
  const { draft, editing, isWaiting } = state.composer
  return (
    <div className="composer-head">
      {editing === null ? null : (
        <div className="composer-note">
          <Icon name="rename" />
          <p>{words.editMessage}</p>
          <button
            type="button"
            className="round small"
            aria-label={words.cancel}
            title={words.cancel}
            onClick={() => {
              actions.dispatch({ type: 'composer-editing-ended' })
              actions.focusComposer()
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
      {draft.quote === null ? null : (
        <div className="composer-note">
          <ComposerIcon name="reply" />
          <blockquote dir="auto" aria-label={words.quotation}>
            {draft.quote}
          </blockquote>
          <button
            type="button"
            className="round small"
            aria-label={words.removeQuotation}
            title={words.removeQuotation}
            onClick={() => {
              actions.dispatch({ type: 'composer-set', value: { quote: null } })
              actions.focusComposer()
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
      {draft.attachments.length === 0 ? null : (
        <ul className="uploads" aria-label={words.attachments}>
          {draft.attachments.map((attachment) => (
            <FileCard key={attachment.key} attachment={attachment} words={words} actions={actions} />
          ))}
        </ul>
      )}
      <p role="status" className={isWaiting ? 'upload-wait' : 'unseen'}>
        {isWaiting ? words.uploadsPending : ''}
      </p>
    </div>
  )
}

interface FileCardProps {
  attachment: DraftAttachment
  words: Words
  actions: Actions
}

function FileCard({ attachment, words, actions }: FileCardProps): VNode {
  const { key, name, phase, share } = attachment

  function remove({ currentTarget }: TargetedEvent<HTMLElement>): void {
    const card = currentTarget.closest('li')
    const neighbour = card?.nextElementSibling ?? card?.previousElementSibling
    const next = neighbour?.querySelector<HTMLElement>('.upload-remove')
    if (next) next.focus()
    else actions.focusComposer()
    actions.chat.removeAttachment(key)
  }

  return (
    <li className={`upload upload-${phase}`} title={name}>
      <Thumbnail attachment={attachment} />
      <div className="upload-about">
        <p className="upload-name" dir="auto">
          {name}
        </p>
        <FileNote attachment={attachment} words={words} />
      </div>
      {phase === 'uploading' ? (
        // Without a value it is one of which nobody knows how far it is, as when all is sent and the server is at it.
        <progress
          aria-label={words.uploading(name)}
          max={1}
          {...(share === null || share >= 1 ? {} : { value: share })}
        />
      ) : null}
      {phase === 'failed' && attachment.file !== null ? (
        <button
          type="button"
          className="round small"
          aria-label={words.uploadAgain(name)}
          title={words.uploadAgain(name)}
          onClick={() => actions.chat.uploadAgain(key)}
        >
          <Icon name="retry" />
        </button>
      ) : null}
      <button
        type="button"
        className="round small upload-remove"
        aria-label={words.removeAttachment(name)}
        title={words.removeAttachment(name)}
        onClick={remove}
      >
        <Icon name="close" />
      </button>
    </li>
  )
}

function FileNote({ attachment, words }: { attachment: DraftAttachment; words: Words }): VNode | null {
  const { name, phase, problem, file } = attachment
  if (phase === 'failed') {
    return (
      <p className="upload-note" role="alert">
        <span className="unseen">{words.uploadFailed(name)} </span>
        <span dir="auto">{problem}</span>
      </p>
    )
  }
  return file === null ? null : (
    <p className="upload-note" dir="auto">
      {sizeWords(file.size, words.locale)}
    </p>
  )
}

/** So many pixels a thumbnail has in each direction: enough for screens with two of them where one is meant. */
const thumbnailPixels = 96

/**
 * A picture of the file, if it is one. It is drawn, not loaded: that needs no address that would have to be given back, and is
 * allowed by every policy.
 */
function Thumbnail({ attachment: { file, mimeType } }: { attachment: DraftAttachment }): VNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const isPicture = file !== null && mimeType.startsWith('image/')
  useLayoutEffect(() => {
    const { current } = canvas
    if (current !== null && file !== null) void drawThumbnail(current, file)
  }, [file])
  return (
    <span className="upload-picture" aria-hidden="true">
      <ComposerIcon name="file" />
      {isPicture ? <canvas ref={canvas} width={thumbnailPixels} height={thumbnailPixels} /> : null}
    </span>
  )
}

/** The middle of the picture, as large as it fits. What is none keeps the sign of a file below it. */
async function drawThumbnail(canvas: HTMLCanvasElement, file: File): Promise<void> {
  try {
    const picture = await createImageBitmap(file)
    const { width, height } = picture
    const side = Math.min(width, height)
    canvas
      .getContext('2d')
      ?.drawImage(
        picture,
        (width - side) / 2,
        (height - side) / 2,
        side,
        side,
        0,
        0,
        thumbnailPixels,
        thumbnailPixels,
      )
    picture.close()
    canvas.dataset['drawn'] = ''
  } catch {
    // A picture that this browser cannot read is a file like others.
  }
}
