import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { FileError } from './errors.ts'
import { readMultipart } from './multipart.ts'
import type { MultipartFile, MultipartLimits } from './multipart.ts'
import { collect } from './store.ts'

const boundary = 'XxBoundaryxX'
const type = `multipart/form-data; boundary=${boundary}`
const limits: MultipartLimits = { fileBytesMax: 1_000 }

const part = (headers: string, content: string | Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
const field = (name: string, value: string): Buffer =>
  part(`Content-Disposition: form-data; name="${name}"`, value)
const file = (name: string, content: string | Uint8Array, fileField = 'file'): Buffer =>
  part(
    `Content-Disposition: form-data; name="${fileField}"; filename="${name}"\r\nContent-Type: image/png`,
    content,
  )
const form = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])

interface Asked {
  body: Uint8Array
  chunkBytes?: number
  headers?: Record<string, string>
  /** What the request does when all of the body was sent. Default: it ends. */
  ending?: 'end' | 'break' | 'hang'
}

interface Sending {
  request: Request
  /** How much of the body was taken. */
  sent(): number
  isCancelled(): boolean
}

function send({ body, chunkBytes = 100_000, headers = {}, ending = 'end' }: Asked): Sending {
  let place = 0
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (place < body.byteLength) {
          controller.enqueue(Uint8Array.from(body.subarray(place, place + chunkBytes)))
          place += chunkBytes
        } else if (ending === 'end') controller.close()
        else if (ending === 'break') controller.error(new Error('connection reset'))
        else await new Promise(() => {})
      },
      cancel() {
        cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  const init: RequestInit = {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: stream,
    duplex: 'half',
  }
  return {
    request: new Request('http://server/files', init),
    sent: () => Math.min(place, body.byteLength),
    isCancelled: () => cancelled,
  }
}

const taking = async ({ field: name, name: fileName, claimedType, source }: MultipartFile) => ({
  name,
  fileName,
  claimedType,
  text: Buffer.from(await collect(source)).toString('latin1'),
})

async function codeOf(asked: Asked, more: Partial<MultipartLimits> = {}, take = taking): Promise<unknown> {
  try {
    await readMultipart(send(asked).request, { ...limits, ...more }, take)
    return 'read'
  } catch (error) {
    return error instanceof FileError ? error.code : error
  }
}

/** What no browser sends: too long, cut off in the middle of an escape, in parts, twice, of no characters. */
const strangeNames = [
  'n'.repeat(8_000),
  `${'\\'.repeat(4_000)}`,
  `${'a;'.repeat(3_000)}`,
  '%',
  '%f',
  '%ff%fe',
  '\u0000',
  '__proto__',
]
const strangeDispositions = [
  "form-data; name=file; filename*=UTF-8''%",
  "form-data; name=file; filename*=UTF-8''%e4%",
  "form-data; name=file; filename*=no-charset''x",
  "form-data; name=file; filename*='''''",
  "form-data; name=file; filename*0*=UTF-8''%e2%82; filename*1=x; filename*1*=%ac",
  'form-data; name="file"; filename="a"; filename="b"',
  'form-data; name="file"; filename=',
  'form-data; name="__proto__"; filename="constructor"',
  'form-data',
  ';'.repeat(4_000),
]

describe('readMultipart', () => {
  test('[FILE-10] CVE-2026-8159 CVE-2026-8162: whatever a file is called, its form is read or refused, and nothing else happens', async () => {
    const content = 'Content-Type: image/png'
    const bodies = [
      ...strangeNames.map((name) => form(file(name, 'x'))),
      ...strangeDispositions.map((said) => form(part(`Content-Disposition: ${said}\r\n${content}`, 'x'))),
    ]
    for (const body of bodies) {
      const outcome = await codeOf({ body })
      expect(typeof outcome, `${body.toString('latin1').slice(0, 120)}: ${String(outcome)}`).toBe('string')
    }
    expect(await codeOf({ body: form(file('after.png', 'x')) })).toBe('read')
  })

  test('[FILE-10] fields and files arrive, wherever the bytes are cut', async () => {
    const body = form(
      field('sessionId', 'thr_1'),
      file('a ü.png', 'a\r\n--Xx\r\n\0b'),
      field('messageId', 'msg_1'),
    )
    for (const chunkBytes of [1, 2, 13, 100_000]) {
      const { fields, files } = await readMultipart(send({ body, chunkBytes }).request, limits, taking)
      expect([...fields]).toEqual([
        ['sessionId', 'thr_1'],
        ['messageId', 'msg_1'],
      ])
      expect(files).toEqual([
        { name: 'file', fileName: 'a ü.png', claimedType: 'image/png', text: 'a\r\n--Xx\r\n\0b' },
      ])
    }
  })

  test('[FILE-10] several files come in their order', async () => {
    const body = form(file('1', 'one'), file('2', ''), file('3', 'three'))
    const { files } = await readMultipart(send({ body }).request, { ...limits, filesMax: 3 }, taking)
    expect(files.map(({ fileName, text }) => [fileName, text])).toEqual([
      ['1', 'one'],
      ['2', ''],
      ['3', 'three'],
    ])
  })

  test('[FILE-10] [U-01] CVE-2026-5079: limits are exact: bytes of a file, files, fields, their values, all together', async () => {
    expect(await codeOf({ body: form(file('a', 'x'.repeat(1_000))) })).toBe('read')
    expect(await codeOf({ body: form(file('a', 'x'.repeat(1_001))) })).toBe('too_large')
    const files = (count: number) => form(...Array.from({ length: count }, () => file('a', 'x')))
    expect(await codeOf({ body: files(10) }, { filesMax: 10 })).toBe('read')
    expect(await codeOf({ body: files(11) }, { filesMax: 10 })).toBe('too_large')
    const fields = (count: number) =>
      form(...Array.from({ length: count }, (_, index) => field(`f${index}`, 'x')))
    expect(await codeOf({ body: fields(20) })).toBe('read')
    expect(await codeOf({ body: fields(21) })).toBe('too_large')
    expect(await codeOf({ body: fields(10_000) })).toBe('too_large')
    expect(await codeOf({ body: files(10_000) })).toBe('too_large')
    expect(await codeOf({ body: form(field('a', 'x'.repeat(8_192))) })).toBe('read')
    expect(await codeOf({ body: form(field('a', 'x'.repeat(8_193))) })).toBe('too_large')
    expect(await codeOf({ body: form(field('a'.repeat(201), 'x')) })).toBe('too_large')
    const around = Buffer.alloc(500_000, 0x20)
    expect(await codeOf({ body: Buffer.concat([around, form(file('a', 'x'))]) })).toBe('too_large')
    expect(await codeOf({ body: Buffer.concat([form(file('a', 'x')), around]) })).toBe('too_large')
  })

  test('[FILE-10] [U-01] what announces itself as too large is refused before it is read', async () => {
    const sending = send({ body: form(file('a', 'x')), headers: { 'content-length': '500000' } })
    await expect(readMultipart(sending.request, limits, taking)).rejects.toThrow('bodyBytesMax')
    expect(sending.sent()).toBe(0)
  })

  test.each<[string, Partial<Asked>]>([
    ['unsupported_media_type', { headers: { 'content-type': 'application/json' } }],
    ['unsupported_media_type', { headers: { 'content-type': 'multipart/mixed; boundary=x' } }],
    [
      'unsupported_media_type',
      { headers: { 'content-encoding': 'gzip' }, body: gzipSync(form(file('a', 'x'))) },
    ],
    ['invalid_request', { headers: { 'content-type': 'multipart/form-data; boundary=' } }],
    ['invalid_request', { headers: { 'content-type': 'multipart/form-data; x=y' } }],
    ['invalid_request', { body: form(file('a', 'x')).subarray(0, -30) }],
    ['invalid_request', { body: Buffer.from('garbage') }],
    ['invalid_request', { body: Buffer.alloc(0) }],
    ['invalid_request', { ending: 'break', body: form(file('a', 'x'.repeat(900))).subarray(0, 400) }],
    ['invalid_request', { ending: 'break', body: Buffer.alloc(0) }],
  ])('[FILE-10] [U-01] what is no whole form is %s', async (code, asked) => {
    expect(await codeOf({ body: form(file('a', 'x')), ...asked })).toBe(code)
  })

  test('[FILE-10] [U-04] nothing is buffered but a few chunks while nobody takes the file', async () => {
    const body = form(file('a', randomBytes(5_000_000)))
    const sending = send({ body, chunkBytes: 65_536 })
    let go: () => void = () => {}
    const waiting = new Promise<void>((resolve) => {
      go = resolve
    })
    let began: () => void = () => {}
    const beginning = new Promise<void>((resolve) => {
      began = resolve
    })
    const reading = readMultipart(sending.request, { fileBytesMax: 10_000_000 }, async ({ source }) => {
      began()
      await waiting
      return (await collect(source)).byteLength
    })
    await beginning
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(sending.sent()).toBeLessThan(500_000)
    go()
    expect((await reading).files).toEqual([5_000_000])
  })

  test('[FILE-10] [F-90] CVE-2026-3304: when the request breaks off, whoever reads a file hears of it, and nobody goes on', async () => {
    for (const ending of ['break', 'end'] as const) {
      const seen: unknown[] = []
      const asked = { body: form(file('a', 'x'.repeat(900))).subarray(0, 400), ending }
      const code = await codeOf(asked, {}, async (given) => {
        try {
          return await taking(given)
        } catch (error) {
          seen.push(error instanceof FileError ? error.code : error)
          throw error
        }
      })
      expect([code, seen]).toEqual(['invalid_request', ['invalid_request']])
    }
  })

  test('[FILE-10] what goes wrong with a file ends the reading: the rest is cancelled, although it never comes', async () => {
    for (const error of [new FileError('unsupported_media_type', 'No.'), new Error('the store')]) {
      const sending = send({ body: form(file('a', 'x')).subarray(0, -10), ending: 'hang' })
      const reading = readMultipart(sending.request, limits, async () => {
        throw error
      })
      await expect(reading).rejects.toBe(error)
      expect(sending.isCancelled()).toBe(true)
    }
    const beyond = send({ body: form(file('a', 'x'.repeat(5_000))).subarray(0, -10), ending: 'hang' })
    await expect(readMultipart(beyond.request, limits, taking)).rejects.toThrow('fileBytesMax')
    expect(beyond.isCancelled()).toBe(true)
  })

  test('[FILE-10] who does not want a file to its end gets the next one all the same', async () => {
    const body = form(file('a', 'x'.repeat(1_000)), file('b', 'kept'))
    const { files } = await readMultipart(
      send({ body, chunkBytes: 50 }).request,
      { ...limits, filesMax: 2 },
      async (given) => (given.name === 'a' ? 'unwanted' : (await taking(given)).text),
    )
    expect(files).toEqual(['unwanted', 'kept'])
  })
})
