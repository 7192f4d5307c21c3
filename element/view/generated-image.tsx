import type { VNode } from 'preact'
import type { WireItem } from '../../server/contracts/chatkit/wire.ts'
import { NamedIcon } from '../icons/named-icon.tsx'
import { allowedImage } from '../markdown/image-policy.ts'
import type { ImagePolicy } from '../markdown/image-policy.ts'
import { safeUrl } from '../markdown/safe-url.ts'
import type { Words } from '../words/words.ts'
import generatedImageStyle from './generated-image.css?inline'
import { Zoomable } from './zoomable.tsx'
import zoomableStyle from './zoomable.css?inline'

export const style: string = zoomableStyle + generatedImageStyle

export interface GeneratedImageProps {
  item: Extract<WireItem, { type: 'generated_image' }>
  /** Whether it is still being made. */
  growing: boolean
  /** How far it is, from 0 to 1, if anybody knows. */
  progress: number | undefined
  images: ImagePolicy
  words: Words
}

/** An image that an agent makes: a place for it, what there is of it, and in the end all of it. */
export function View({ item, growing, progress, images, words }: GeneratedImageProps): VNode | null {
  const address = item.image?.url
  if (address === undefined && !growing) return null
  const source = address === undefined ? undefined : allowedImage(address, images)
  if (address !== undefined && source === undefined) return <NotLoaded address={address} words={words} />
  return (
    <article className="generated">
      <h2 className="unseen">{words.generatedImage}</h2>
      {source === undefined ? (
        <div className="image-place" aria-hidden="true">
          <NamedIcon name="square-image" />
        </div>
      ) : (
        <Zoomable source={source} description={words.generatedImage} name={fileName(source)} words={words} />
      )}
      {growing ? (
        <p className="image-progress">
          <span className="shining">{words.generatingImage}</span>
          {progress === undefined ? null : (
            <progress className="progress-line" max={1} value={progress} aria-label={words.generatingImage} />
          )}
        </p>
      ) : null}
    </article>
  )
}

/** Whoever is asked for an image learns who looks at it: where that is not wanted, the person decides. */
function NotLoaded({ address, words }: { address: string; words: Words }): VNode {
  const link = safeUrl(address)
  return (
    <p className="image-refused">
      <NamedIcon name="square-image" />
      {link === undefined ? (
        words.imageNotLoaded
      ) : (
        <a href={link} target="_blank" rel="noopener noreferrer">
          {words.generatedImage}
        </a>
      )}
    </p>
  )
}

/** With the ending of its type where that is in the address. */
function fileName(source: string): string {
  const ending = /^data:image\/([a-z]+)/.exec(source)?.[1] ?? /\.([a-z]{3,4})(?:[?#]|$)/i.exec(source)?.[1]
  return `image.${ending ?? 'png'}`
}
