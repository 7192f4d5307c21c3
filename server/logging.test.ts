import { describe, expect, test } from 'vitest'
import { createLog } from './logging.ts'
import type { LogOptions } from './logging.ts'

function capture(options: LogOptions = {}) {
  const lines: string[] = []
  return { lines, log: createLog({ ...options, write: (line) => lines.push(line) }) }
}

describe('createLog', () => {
  test('[OPS-6] writes one JSON line for each event, with its level, time, name and fields', () => {
    const { lines, log } = capture()
    log.info('run-ended', { runId: 'run_1', usage: { outputTokens: 12 } })
    log.debug('hidden')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^[^\n]+\n$/)
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      event: 'run-ended',
      runId: 'run_1',
      usage: { outputTokens: 12 },
    })
  })

  test('[OPS-7] never writes secrets, wherever they stand', () => {
    const { lines, log } = capture({ level: 'debug' })
    const headers = {
      Authorization: 'canary-1',
      cookie: 'canary-2',
      'set-cookie': ['canary-3'],
      'x-api-key': 'canary-4',
    }
    log.warn('odd', {
      headers,
      openaiApiKey: 'canary-5',
      deep: { accessToken: 'canary-6', password: { a: 'canary-7' } },
    })
    const cause = Object.assign(new Error('sk-canary8canary8 is not valid'), {
      detail: 'Key (text)=(canary-9)',
    })
    log.error('failed', {
      error: new Error('postgres://parley:canary-10@db.example/parley refused', { cause }),
    })
    log.debug('sent', {
      note: 'Bearer canary-11',
      jwt: 'eyJjYW5hcnk.canary-12.canary-13',
      list: [{ secret: 'canary-14' }],
      session: 'given: sk_chatkit_canary15.1.canary-16',
    })
    expect(lines.join('')).not.toContain('canary')
    expect(lines.join('')).toContain('db.example/parley refused')
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      error: { name: 'Error', stack: expect.stringContaining('logging.test.ts') },
    })
  })

  test('[OPS-8] a value can neither begin a line, nor steer a terminal, nor fill the disk', () => {
    for (const format of ['json', 'pretty'] as const) {
      const { lines, log } = capture({ format })
      log.info('odd', {
        id: 'a\nb\r\u001b[31m',
        evil: `\u202e"${'x'.repeat(1_000_000)}`,
        bytes: new Uint8Array(9),
      })
      const line = lines[0] ?? ''
      expect(lines).toHaveLength(1)
      expect(line.slice(0, -1)).not.toMatch(/\p{Cc}/u)
      expect(line.length).toBeLessThan(5_000)
      if (format === 'pretty') expect(line).not.toContain('\u202e')
    }
  })

  test('[OPS-6] writes a short line for people', () => {
    const { lines, log } = capture({ format: 'pretty' })
    log.info('listening', { url: 'http://127.0.0.1:8787', note: 'two words' })
    log.error('failed', { error: new TypeError('no "luck"') })
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d info  listening url=http:\/\/127.0.0.1:8787 note="two words"\n$/,
    )
    expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d error failed error="TypeError: no \\"luck\\" at .*"\n$/)
  })
})
