import type { VNode } from 'preact'
import type { Words } from '../words/words.ts'
import pictureStyle from './picture.css?inline'

export const style: string = pictureStyle

export interface PictureProps {
  /** From where it may be loaded: checked already. Undefined where it may not. */
  url: string | undefined
  description: string
  isAlone: boolean
  /** What stands for it where it is not loaded. */
  link: VNode
  words: Words
}

/**
 * An image of a text. Its room is there before it is, whatever its size, so that nothing moves when it comes. One that may not
 * be loaded, or cannot be, stays a link.
 */
export function View({ url, description, isAlone, link, words }: PictureProps): VNode {
  if (url === undefined) return <NotLoaded link={link} words={words} />
  const image = (
    <img
      src={url}
      alt={description}
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
      // No state: that it failed changes nothing but what is shown in its place.
      onError={({ currentTarget }) => currentTarget.closest('.text-picture')?.classList.add('broken')}
    />
  )
  return (
    <span className={isAlone ? 'text-picture picture-alone' : 'text-picture'}>
      {/^https?:/.test(url) ? (
        <a
          className="picture-room"
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          aria-label={description === '' ? words.openImage : `${words.openImage}: ${description}`}
        >
          {image}
        </a>
      ) : (
        <span className="picture-room">{image}</span>
      )}
      <NotLoaded link={link} words={words} />
    </span>
  )
}

function NotLoaded({ link, words }: Pick<PictureProps, 'link' | 'words'>): VNode {
  return (
    <span className="not-loaded">
      {link} <span className="not-loaded-why">({words.imageNotLoaded})</span>
    </span>
  )
}
