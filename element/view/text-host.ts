import { createContext } from 'preact'
import type { Context } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { allowedImage } from '../markdown/image-policy.ts'
import type { DeepLink } from '../markdown/safe-url.ts'
import type { EntitiesOptions } from '../options.ts'
import type { ViewParts } from './view-parts.ts'

/** What texts may do here, wherever they stand. */
export interface TextHost {
  /** The address as the browser would read it, if an image may be loaded from there. */
  allowedImage(address: string): string | undefined
  /** Tells the page of a link that is its own. */
  openDeepLink(link: DeepLink): void
  /** What the page does with entities, as it is now. */
  entities(): EntitiesOptions | undefined
}

export const TextHostContext: Context<TextHost | undefined> = createContext<TextHost | undefined>(undefined)

const noDomains: readonly string[] = []

/** The same object as long as images may come from the same places, and the page does something with entities or does not. */
export function useTextHost({ state, options, actions }: ViewParts): TextHost {
  const { imageDomains: domains = noDomains } = state
  const { origin } = new URL(actions.serverUrl())
  const entities = useRef(options.entities)
  entities.current = options.entities
  const { onClick, onRequestPreview } = options.entities ?? {}
  const isClickable = onClick !== undefined
  const isPreviewed = onRequestPreview !== undefined
  return useMemo(
    () => ({
      allowedImage: (address) => allowedImage(address, { origin, domains }),
      openDeepLink: (link) => actions.dispatch({ type: 'outgoing', outgoing: { type: 'deeplink', ...link } }),
      entities: () => entities.current,
    }),
    [origin, domains, actions, isClickable, isPreviewed],
  )
}
