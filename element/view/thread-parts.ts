import { useMemo } from 'preact/hooks'
import type { ImagePolicy } from '../markdown/image-policy.ts'
import type { ChatOptions } from '../options.ts'
import type { Words } from '../words/words.ts'
import type { Actions, ViewParts } from './view-parts.ts'

/** What every entry of a thread gets: the same object until something about it has changed. */
export interface ThreadParts {
  options: ChatOptions
  words: Words
  actions: Actions
  /** From where images may be loaded. */
  images: ImagePolicy
  /** Whether nothing can be asked or done here any more. */
  isLocked: boolean
}

const noDomains: readonly string[] = []

export function useThreadParts({ state, options, words, actions }: ViewParts): ThreadParts {
  const { imageDomains: domains = noDomains, status } = state
  const isLocked = status.type !== 'active'
  const { origin } = new URL(actions.serverUrl())
  return useMemo(
    () => ({ options, words, actions, images: { origin, domains }, isLocked }),
    [options, words, actions, origin, domains, isLocked],
  )
}
