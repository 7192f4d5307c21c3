/** A request as it is sent: places filled in, the body as bytes; and what brings an answer back, in the process or over a socket. */
import { request as openRequest } from 'node:http'
import type { Agent } from 'node:http'
import type { FetchHandler } from '../../http/front.ts'
import type { AskedBody, Asking, FormField, FormTampering, Tampering } from './requests.ts'
import { samples } from './requests.ts'

export interface Sent {
  method: string
  /** With its query; also what no URL can be. */
  path: string
  headers: [string, string][]
  body: Buffer | null
}

export interface Answer {
  status: number
  headers: Headers
  body: Buffer
  /** Whether all of it was read. */
  isWhole: boolean
  milliseconds: number
}

/** What is in the place of `⟦own thr 7⟧`. */
export type Fill = (place: string) => string

const boundary = 'parley-boundary'
const jsonBytesMax = 1_048_576

export function prepare(asking: Asking, credentials: Readonly<Record<string, string>>, fill: Fill): Sent {
  const filled = (text: string): string => text.replaceAll(/⟦([^⟦⟧]*)⟧/g, (_, place: string) => fill(place))
  const { body, type } = bodyOf(asking.body, filled)
  const headers = new Map<string, string>(Object.entries(credentials))
  if (type !== null) headers.set('content-type', type)
  for (const [name, value] of asking.headers) headers.set(name, filled(value))
  return { method: asking.method, path: filled(asking.path), headers: [...headers], body }
}

function bodyOf(
  body: AskedBody,
  filled: (text: string) => string,
): { body: Buffer | null; type: string | null } {
  switch (body.kind) {
    case 'none':
      return { body: null, type: null }
    case 'bytes':
      return { body: bytesOf(body.text, filled), type: body.type }
    case 'json':
      return { body: tampered(filled(JSON.stringify(body.value) ?? ''), body.tampering), type: body.type }
    case 'form':
      return { body: formBytes(body.fields, body.tampering, filled), type: formType(body.tampering) }
  }
}

function bytesOf(text: string, filled: (text: string) => string): Buffer {
  const sample = /^⟦sample (\d+)⟧$/.exec(text)?.[1]
  return sample === undefined ? Buffer.from(filled(text)) : sampleBytes(Number(sample), filled)
}

function sampleBytes(number: number, filled: (text: string) => string): Buffer {
  const bytes = samples.get(number) ?? Buffer.alloc(0)
  return number === 0 ? Buffer.from(filled(bytes.toString())) : bytes
}

function tampered(json: string, tampering: Tampering): Buffer {
  const inside = json.startsWith('{') && json.length > 2 ? json.slice(1) : '"a":1}'
  switch (tampering) {
    case 'none':
      return Buffer.from(json)
    case 'twice':
      return Buffer.from(`{"type":"threads.list","id":"x","params":null,"content":1,${inside}`)
    case 'cut':
      return Buffer.from(json.slice(0, Math.ceil(json.length / 2)))
    case 'more behind':
      return Buffer.from(`${json}{}`)
    case 'bom':
      return Buffer.from(`\ufeff${json}`)
    case 'utf-16':
      return Buffer.from(json, 'utf16le')
    case 'nul':
      return Buffer.from(`${json}\0`)
    case 'deep':
      return Buffer.from(`{"x":${'['.repeat(80)}${']'.repeat(80)},${inside}`)
    case 'very deep':
      return Buffer.from(`${'[{"a":'.repeat(40_000)}1`)
    case 'comment':
      return Buffer.from(`/* x */ ${json} // y`)
    case 'single quotes':
      return Buffer.from(json.replaceAll('"', "'"))
    case 'huge number':
      return Buffer.from(json.replaceAll(/(?<=:)\d+(?=[,}])/g, '1e400').replace('{', '{"size":1e400,'))
    case 'nan':
      return Buffer.from(`{"a":NaN,${inside}`)
    case 'surrogate':
      return Buffer.from(json.replaceAll('Say', String.raw`Say \ud800\u0000`))
    case 'no utf-8':
      return Buffer.concat([
        Buffer.from(json.slice(0, -1)),
        Buffer.from([0xc3, 0x28, 0xff]),
        Buffer.from(json.slice(-1)),
      ])
    case 'many keys':
      return Buffer.from(
        `{${Array.from({ length: 20_000 }, (_, index) => `"${index}":0`).join(',')},${inside}`,
      )
    case 'prototype escaped':
      return Buffer.from(
        `{"\\u005f_proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},${inside}`,
      )
    case 'empty':
      return Buffer.alloc(0)
    case 'too large':
      return Buffer.concat([Buffer.from(json), Buffer.alloc(jsonBytesMax, ' ')])
    case 'white space':
      return Buffer.from(`\r\n\t ${json} \n`)
  }
}

function formType(tampering: FormTampering): string {
  if (tampering === 'no boundary') return 'multipart/form-data'
  if (tampering === 'as json') return 'application/json'
  return `multipart/form-data; boundary=${tampering === 'other boundary' ? 'x' : boundary}`
}

function formBytes(
  fields: readonly FormField[],
  tampering: FormTampering,
  filled: (text: string) => string,
): Buffer {
  if (tampering === 'nothing') return Buffer.alloc(0)
  if (tampering === 'as json')
    return Buffer.from(
      JSON.stringify(Object.fromEntries(fields.map(({ name, value }) => [name, filled(value)]))),
    )
  const end = tampering === 'bare lines' ? '\n' : '\r\n'
  const parts = fields.flatMap(({ name, value, file }) => {
    const disposition =
      tampering === 'no name'
        ? 'content-disposition: form-data'
        : `content-disposition: form-data; name="${name}"`
    const head =
      file === undefined
        ? disposition
        : `${disposition}; filename="${filled(file.name)}"${end}content-type: ${file.type}`
    const content = file === undefined ? Buffer.from(filled(value)) : sampleBytes(file.sample, filled)
    return [Buffer.from(`--${boundary}${end}${head}${end}${end}`), content, Buffer.from(end)]
  })
  return Buffer.concat([...parts, Buffer.from(tampering === 'no end' ? '' : `--${boundary}--${end}`)])
}

export interface Reading {
  /** Whether to leave as soon as there is something. */
  leaves: boolean
  bytesMax: number
  secondsMax: number
}

/** Thrown when an answer does not come, or does not end. */
export class StuckError extends Error {}

/** Null where no Request can be made of it, which only a socket can carry then. */
export function asRequest({ method, path, headers, body }: Sent, origin: string): Request | null {
  if (!path.startsWith('/') || path.startsWith('//') || path.includes('#')) return null
  try {
    const init = { method, headers }
    const hasBody = body !== null && method.toUpperCase() !== 'GET' && method.toUpperCase() !== 'HEAD'
    return new Request(`${origin}${path}`, hasBody ? { ...init, body: Uint8Array.from(body) } : init)
  } catch {
    return null
  }
}

/** In the process, without a socket. */
export async function askInside(fetch: FetchHandler, request: Request, reading: Reading): Promise<Answer> {
  const began = performance.now()
  const response = await withinSeconds(reading.secondsMax, async () => fetch(request))
  const chunks: Uint8Array[] = []
  let length = 0
  let isWhole = true
  const reader = response.body?.getReader()
  await withinSeconds(reading.secondsMax, async () => {
    for (;;) {
      const piece = await reader?.read()
      if (piece === undefined || piece.done) return
      chunks.push(piece.value)
      length += piece.value.byteLength
      if (length <= reading.bytesMax && !reading.leaves) continue
      isWhole = false
      await reader?.cancel()
      return
    }
  })
  const milliseconds = performance.now() - began
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.concat(chunks),
    isWhole,
    milliseconds,
  }
}

/** Over a real socket, with the path as it stands. Null where Node's own client will not send it. */
export async function askOutside(
  port: number,
  agent: Agent,
  sent: Sent,
  reading: Reading,
): Promise<Answer | null> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new StuckError('No answer, or no end of it.'))
      outgoing?.destroy()
    }, reading.secondsMax * 1_000)
    const finish = (answer: Answer | null): void => {
      clearTimeout(timer)
      resolve(answer)
    }
    let outgoing: ReturnType<typeof openRequest> | undefined
    try {
      const { method, path, body } = sent
      const headers = Object.fromEntries(
        sent.headers.filter(([name]) => name !== 'content-length' && name !== '__proto__'),
      )
      outgoing = openRequest({
        host: '127.0.0.1',
        port,
        agent,
        method,
        path,
        headers: { ...headers, ...(body === null ? {} : { 'content-length': body.length }) },
      })
    } catch {
      return finish(null)
    }
    outgoing.on('error', () => finish(null))
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = []
      let length = 0
      const end = (isWhole: boolean): void => {
        const headers = new Headers()
        for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value))
        finish({
          status: incoming.statusCode ?? 0,
          headers,
          body: Buffer.concat(chunks),
          isWhole,
          milliseconds: performance.now() - began,
        })
      }
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (!reading.leaves && length <= reading.bytesMax) return
        end(false)
        incoming.destroy()
      })
      incoming.on('end', () => end(true))
      incoming.on('error', () => end(false))
    })
    outgoing.end(sent.body ?? undefined)
  })
}

async function withinSeconds<Value>(seconds: number, work: () => Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StuckError('No answer, or no end of it.')), seconds * 1_000)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** As a line that can be typed. */
export function curlOf({ method, path, headers, body }: Sent, url: string): string {
  const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
  const isText =
    body !== null &&
    body.toString('utf8') === Buffer.from(body.toString('utf8')).toString('utf8') &&
    !body.includes(0)
  const data =
    body === null
      ? []
      : isText && body.length < 4_000
        ? ['--data-binary', quote(body.toString('utf8'))]
        : [
            '--data-binary',
            `@<(echo ${body.subarray(0, 3_000).toString('base64')} | base64 -d)${body.length > 3_000 ? ` # and ${body.length - 3_000} bytes more` : ''}`,
          ]
  return [
    'curl',
    '-i',
    '--path-as-is',
    '-X',
    quote(method),
    ...headers.flatMap(([name, value]) => ['-H', quote(`${name}: ${value}`)]),
    ...data,
    quote(`${url}${path}`),
  ].join(' ')
}
