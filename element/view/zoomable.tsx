import type { VNode } from 'preact'
import { useRef } from 'preact/hooks'
import { NamedIcon } from '../icons/named-icon.tsx'
import type { Words } from '../words/words.ts'

export interface ZoomableProps {
  /** An address that has been checked. */
  source: string
  /** What it shows, for those who cannot see it. */
  description: string
  /** What a copy of it is called. */
  name: string
  words: Words
}

/** An image that can be opened in full and downloaded. The dialog is the browser's: it keeps the focus, and gives it back. */
export function Zoomable({ source, description, name, words }: ZoomableProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null)
  return (
    <>
      <button
        type="button"
        className="zoomable"
        aria-label={`${words.openImage}: ${description}`}
        title={words.openImage}
        onClick={() => dialog.current?.showModal()}
      >
        <img
          src={source}
          alt=""
          decoding="async"
          onError={(event) => setFailed(event.currentTarget, true)}
          onLoad={(event) => setFailed(event.currentTarget, false)}
        />
        <span className="image-failed">{words.imageNotLoaded}</span>
      </button>
      <dialog
        ref={dialog}
        className="image-dialog"
        aria-label={description}
        onClick={(event) => {
          // The dialog itself is hit only beside what is in it.
          if (event.target === dialog.current) dialog.current?.close()
        }}
      >
        <div className="image-dialog-bar">
          <a
            className="soft image-download"
            href={source}
            download={name}
            target="_blank"
            rel="noopener noreferrer"
          >
            <NamedIcon name="download" />
            {words.downloadImage}
          </a>
          <button
            type="button"
            className="round"
            aria-label={words.close}
            title={words.close}
            onClick={() => dialog.current?.close()}
          >
            <NamedIcon name="close" />
          </button>
        </div>
        <img src={source} alt={description} loading="lazy" />
      </dialog>
    </>
  )
}

/** What cannot be loaded is said instead of a broken picture; the next one that comes may be better. */
function setFailed(image: HTMLImageElement, isFailed: boolean): void {
  image.parentElement?.classList.toggle('failed', isFailed)
}
