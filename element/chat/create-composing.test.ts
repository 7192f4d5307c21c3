import { afterEach, describe, expect, it } from 'vitest'
import { createStore } from '../store/create-store.ts'
import type { Store } from '../store/create-store.ts'
import { englishWords } from '../words/words.ts'
import { createComposing } from './create-composing.ts'
import type { Composing } from './create-composing.ts'

const controllers: AbortController[] = []
afterEach(() => {
  for (const controller of controllers) controller.abort()
})

function scene(): { store: Store; composing: Composing; living: AbortController } {
  const store = createStore()
  const living = new AbortController()
  controllers.push(living)
  const unused = (): never => {
    throw new Error('Nobody needs it here')
  }
  const composing = createComposing(
    {
      store,
      transport: { ask: unused, stream: unused },
      words: () => englishWords,
      options: () => ({ composer: { attachments: { enabled: true } } }),
      clientTool: () => undefined,
      alone: unused,
      tellTabs: unused,
      wake: new EventTarget(),
      random: () => 0,
      now: () => new Date(),
      createKey: () => 'key',
    },
    { ask: unused, retry: unused, stop: unused, answerToolCall: unused },
    living.signal,
  )
  return { store, composing, living }
}
const dictate = ({ composing }: { composing: Composing }): void => composing.dictate(() => undefined)
/** Here there is no microphone, which is said where one is asked for. */
const hasAsked = ({ store }: { store: Store }): boolean =>
  store.state().problem === englishWords.microphoneMissing

describe('a chat that goes while a part of it is loaded', () => {
  it('[ELEMENT-34] listens to nobody', async () => {
    const gone = scene()
    dictate(gone)
    gone.living.abort()
    const there = scene()
    dictate(there)
    await expect.poll(() => hasAsked(there)).toBe(true)
    expect(hasAsked(gone)).toBe(false)
  })

  it('[ELEMENT-34] does not listen when its button has gone, and does when it is back', async () => {
    const chat = scene()
    dictate(chat)
    chat.composing.cancelDictation()
    const there = scene()
    dictate(there)
    await expect.poll(() => hasAsked(there)).toBe(true)
    expect(hasAsked(chat)).toBe(false)
    dictate(chat)
    await expect.poll(() => hasAsked(chat)).toBe(true)
  })

  it('[ELEMENT-34] sends no files', async () => {
    const files = [new File(['Hello.'], 'a.txt')]
    const attached = ({ store }: { store: Store }): number => store.state().composer.draft.attachments.length
    const gone = scene()
    gone.composing.attach(files)
    gone.living.abort()
    const there = scene()
    there.composing.attach(files)
    await expect.poll(() => attached(there)).toBe(1)
    expect(attached(gone)).toBe(0)
  })
})
