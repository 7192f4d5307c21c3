import { describe, expect, test } from 'vitest'
import { readJson } from './json.ts'
import { HttpProblem } from './problem.ts'

function post(body: string | Uint8Array | ReadableStream, headers: Record<string, string> = {}): Request {
  const init = {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    duplex: 'half' as const,
  }
  return new Request('http://localhost/', init)
}

async function problemOf(request: Request, limits = {}): Promise<HttpProblem> {
  const error: unknown = await readJson(request, limits).catch((thrown: unknown) => thrown)
  if (error instanceof HttpProblem) return error
  throw new Error('There was no problem.')
}

describe('readJson', () => {
  test('[HTTP-1] CVE-2026-25223 CVE-2025-32442 CVE-2026-3419: takes JSON in UTF-8 and refuses every other type', async () => {
    expect(await readJson(post('{"a":[1,"ü"]}'))).toEqual({ a: [1, 'ü'] })
    expect(await readJson(post('1', { 'content-type': 'Application/JSON; charset="UTF-8"' }))).toBe(1)
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1',
      'application/json-seq',
      'application/jsonp, text/plain',
      'x-application/json',
      'application/json\ta',
      'application/json a',
      'application/jsonjson',
      'application/json/',
      '',
    ]
    for (const type of types) {
      expect(await problemOf(post('{}', { 'content-type': type }))).toMatchObject({ status: 415 })
    }
    expect(await problemOf(post('{}', { 'content-encoding': 'gzip' }))).toMatchObject({ status: 415 })
  })

  test('[HTTP-2] CVE-2026-44456 CVE-2025-59139: refuses a body as soon as it is too large, by its announced or by its real length', async () => {
    const announced = await problemOf(post('{}', { 'content-length': '2000000' }))
    expect(announced).toMatchObject({ status: 413, code: 'too_large' })
    expect(announced.message).toContain('bodyBytesMax')
    let pulled = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(100).fill(0x20))
      },
    })
    expect(await problemOf(post(endless), { bodyBytesMax: 1_000 })).toMatchObject({ status: 413 })
    expect(pulled).toBeLessThan(15)
    const lying = post('"longer than ten"', { 'content-length': '3' })
    expect(await problemOf(lying, { bodyBytesMax: 10 })).toMatchObject({ status: 413 })
  })

  test('[HTTP-3] refuses what is not UTF-8, nests too deep or is not JSON, and never repeats the body', async () => {
    expect(await problemOf(post(Uint8Array.of(0x22, 0xff, 0x22)))).toMatchObject({ status: 400 })
    expect(await problemOf(post('['.repeat(65) + ']'.repeat(65)))).toMatchObject({ status: 400 })
    expect(await problemOf(post('{"a":'.repeat(500_000 / 5)))).toMatchObject({ status: 400 })
    expect(await readJson(post('['.repeat(64) + ']'.repeat(64)))).toBeInstanceOf(Array)
    const brackets = JSON.stringify(`\\"${'['.repeat(200)}`)
    expect(await readJson(post(brackets))).toBe(JSON.parse(brackets))
    for (const body of ['', '{"secret":', 'NaN', '// {}', '{"secret" 1}']) {
      const problem = await problemOf(post(body))
      expect(problem).toMatchObject({ status: 400, code: 'invalid_request' })
      expect(problem.message).not.toContain('secret')
    }
  })

  test('[HTTP-4] leaves out __proto__ keys, so that copying the result changes no prototype', async () => {
    const body = '{"a":{"__proto__":{"isAdmin":true},"b":1},"\\u005f_proto__":{"c":1},"constructor":"kept"}'
    const value = await readJson(post(body))
    expect(value).toEqual({ a: { b: 1 }, constructor: 'kept' })
    expect(Object.assign({}, value)).not.toHaveProperty('c')
    expect(await readJson(post('["__proto__", {"text": "__proto__"}]'))).toEqual([
      '__proto__',
      { text: '__proto__' },
    ])
  })
})
