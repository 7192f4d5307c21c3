import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { FileError } from './errors.ts'
import { createSignedLinks } from './signed-links.ts'
import type { LinkClaims, LinkPurpose } from './signed-links.ts'

let time = Date.parse('2026-01-02T03:04:05Z')
const now = () => new Date(time)
const key = randomBytes(32)
const links = createSignedLinks({ key, now, readSeconds: 600, uploadSeconds: 60 })
const claims: LinkClaims = { purpose: 'show', fileId: 'atc_1', tenantId: 'acme', userId: 'anna' }
const any: LinkPurpose[] = ['upload', 'download', 'show', 'preview']

function outcome(link: string, fileId = 'atc_1', purposes = any): unknown {
  try {
    return links.verify(link, fileId, purposes)
  } catch (error) {
    return error instanceof FileError ? error.code : error
  }
}

test('[FILE-9] a link says whose file it opens, which, what for, and how large an upload is', () => {
  expect(outcome(links.sign(claims))).toEqual(claims)
  const upload: LinkClaims = { ...claims, purpose: 'upload', bytes: 17 }
  expect(outcome(links.sign(upload))).toEqual(upload)
})

test('[FILE-9] [U-05] [U-07] a link is good for its file and its purpose, and for nothing else', () => {
  expect(outcome(links.sign(claims), 'atc_2')).toBe('forbidden')
  for (const purpose of any) {
    const link = links.sign({ ...claims, purpose })
    const others = any.filter((other) => other !== purpose)
    expect(outcome(link, 'atc_1', others)).toBe('forbidden')
    expect(outcome(link, 'atc_1', [purpose])).toEqual({ ...claims, purpose })
  }
})

test('[FILE-9] [U-05] a link that was changed, signed by another or spelt differently is refused', () => {
  const link = links.sign(claims)
  const [text = '', signature = ''] = link.split('.')
  const forged = Buffer.from(JSON.stringify(['show', 'atc_1', 'acme', 'bob', 9e9])).toString('base64url')
  const others = createSignedLinks({ key: randomBytes(32), now })
  const wrong = [
    '',
    '.',
    text,
    `${text}.`,
    `.${signature}`,
    `${forged}.${signature}`,
    `${text}.${signature}=`,
    `${text}.${signature}.`,
    `${text}.${signature}.${signature}`,
    `${text}.${signature.slice(1)}`,
    `${text}=.${signature}`,
    others.sign(claims),
    'x'.repeat(100_000),
  ]
  for (let place = 0; place < link.length; place += 1) {
    const letter = link[place] === 'A' ? 'B' : 'A'
    wrong.push(link.slice(0, place) + letter + link.slice(place + 1))
  }
  expect(wrong.map((each) => outcome(each)).filter((each) => each !== 'forbidden')).toEqual([])
})

test('[FILE-9] [U-05] a link expires, an upload’s sooner, and is the same for some minutes', () => {
  const link = links.sign(claims)
  const upload = links.sign({ ...claims, purpose: 'upload' })
  time += 1_000
  expect(links.sign(claims)).toBe(link)
  time += 59_000
  expect([outcome(upload), outcome(link)]).toEqual([{ ...claims, purpose: 'upload' }, claims])
  time += 360_000
  expect([outcome(upload), outcome(link)]).toEqual(['forbidden', claims])
  expect(links.sign(claims)).not.toBe(link)
  time += 540_000
  expect(outcome(link)).toBe('forbidden')
})
