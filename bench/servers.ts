/** The servers that are compared: how each is started, and what it does for its CPU. */
import { startBareInsert } from './bare-insert.ts'
import { startAiSdk, startChatKitNode, startChatKitPython, startNginx } from './companions.ts'
import { fleetKinds } from './fleet.ts'
import { installKind } from './installing.ts'
import { startParley, startParleyPriced } from './parley.ts'
import { startPeer } from './server.ts'
import type { ServerKind } from './server.ts'
import { startingKinds } from './starting.ts'

export const serverKinds: readonly ServerKind[] = [
  {
    name: 'pipe',
    title: 'plain Node pipe',
    features: 'relay',
    start: (laboratory, options) => startPeer(laboratory, 'pipe.mjs', { protocol: 'completions' }, options),
  },
  {
    name: 'best-pipe',
    title: 'best Node pipe (undici dispatch)',
    features: 'relay',
    start: (laboratory, options) =>
      startPeer(laboratory, 'best-pipe.mjs', { protocol: 'completions' }, options),
  },
  { name: 'nginx', title: 'nginx, buffering off', features: 'relay', start: startNginx },
  {
    name: 'bare-insert',
    title: 'node:http and one prepared insert',
    features: 'store',
    start: startBareInsert,
  },
  {
    name: 'parley-postgres',
    title: 'Parley on Postgres',
    features: 'parse, store, resume, row level security',
    start: (laboratory, options) => startParley(laboratory, 'postgres', options),
  },
  {
    name: 'parley-pglite',
    title: 'Parley on PGlite',
    features: 'parse, store, resume, row level security',
    start: (laboratory, options) => startParley(laboratory, 'pglite', options),
  },
  {
    name: 'ai-sdk',
    title: 'AI SDK streamText, Postgres, resumable-stream',
    features: 'parse, store, resume',
    start: startAiSdk,
  },
  {
    name: 'agents',
    title: '@openai/agents',
    features: 'parse',
    start: (laboratory, options) => startPeer(laboratory, 'agents.mjs', { protocol: 'chat' }, options),
  },
  {
    name: 'chatkit-nodejs',
    title: 'chatkit-nodejs (SQLite)',
    features: 'parse, store',
    start: startChatKitNode,
  },
  {
    name: 'chatkit-python',
    title: 'openai-chatkit under uvicorn (in memory)',
    features: 'parse, store in memory',
    start: startChatKitPython,
  },
  ...fleetKinds,
  ...startingKinds,
  installKind,
  ...(['postgres', 'pglite'] as const).flatMap((engine) =>
    (['before', 'after'] as const).map((write): ServerKind => {
      const place = engine === 'postgres' ? 'Postgres' : 'PGlite'
      return {
        name: `${write}-${engine}`,
        title: `${place}, written ${write === 'before' ? 'before sent' : 'soon after'}`,
        features: 'parse, store, resume, row level security',
        start: (laboratory, options) => startParleyPriced(laboratory, { engine, write }, options),
      }
    }),
  ),
]
