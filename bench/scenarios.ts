/** What is done to the servers. */
import type { LoadPlan } from './load-plan.ts'
import type { Wish } from './tokens.ts'

/** Quick runs are shorter; what they show is the same, with more noise. */
export type Size = 'quick' | 'full'

export interface LoadScenario {
  name: string
  title: string
  /** Streams that make the server ready before anything is measured. */
  warmUp: LoadShape
  /** What is measured. */
  load: LoadShape
}

/** A load without its server. */
export type LoadShape = Pick<LoadPlan, 'wish' | 'openMax' | 'streamsMax' | 'secondsMax' | 'opensPerSecond'>

const atOnce = (tokens: number): Wish => ({ tokens, tokensPerSecond: 0, delayMilliseconds: 0 })
const atPace = (tokens: number, tokensPerSecond: number): Wish => ({
  tokens,
  tokensPerSecond,
  delayMilliseconds: 0,
})

/** So that compilers have done their work, with an end for those who would need minutes. */
const warmUp: LoadShape = {
  wish: atOnce(200),
  openMax: 64,
  streamsMax: 400,
  secondsMax: 6,
  opensPerSecond: Infinity,
}

export function loadScenarios(size: Size): LoadScenario[] {
  const isQuick = size === 'quick'
  return [
    {
      name: 'burst',
      title: '64 streams of 200 tokens, as fast as possible',
      warmUp,
      load: { ...warmUp, streamsMax: Infinity, secondsMax: isQuick ? 3 : 5 },
    },
    {
      name: 'human',
      title: '100 streams at 50 tokens a second',
      warmUp,
      load: {
        wish: atPace(isQuick ? 300 : 500, 50),
        openMax: 100,
        streamsMax: 100,
        secondsMax: Infinity,
        opensPerSecond: 100,
      },
    },
    {
      name: 'thousand',
      title: '1,000 streams at 10 tokens a second',
      warmUp,
      load: {
        wish: atPace(isQuick ? 80 : 150, 10),
        openMax: 1_000,
        streamsMax: 1_000,
        secondsMax: Infinity,
        opensPerSecond: 250,
      },
    },
    {
      name: 'ttft',
      title: 'one short answer at a time',
      warmUp,
      load: {
        wish: atOnce(3),
        openMax: 1,
        streamsMax: isQuick ? 300 : 1_000,
        secondsMax: 20,
        opensPerSecond: Infinity,
      },
    },
    {
      name: 'ttft-32',
      title: 'short answers, 150 new ones a second, at most 32 at a time',
      warmUp,
      load: {
        wish: atOnce(3),
        openMax: 32,
        streamsMax: isQuick ? 600 : 1_500,
        secondsMax: 20,
        opensPerSecond: 150,
      },
    },
  ]
}
