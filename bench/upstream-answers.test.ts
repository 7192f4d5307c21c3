import { expect, test } from 'vitest'
import { HttpReply } from './http-reply.ts'
import { TokenReader, stampOffset, tokenText } from './tokens.ts'
import { answerTemplate, idPlaceholder } from './upstream-answers.ts'

test.each(['chat', 'responses'] as const)(
  '[BENCH-7] an answer of %s is a whole response with one chunk for each token',
  (api) => {
    const { bytes, tokenStarts, stampStarts } = answerTemplate(api, 50)
    const chunks: string[] = []
    const tokens = new TokenReader(() => {})
    const reply = new HttpReply((piece, from, to) => {
      chunks.push(piece.toString('latin1', from, to))
      tokens.read(piece, from, to)
    })
    reply.read(bytes, bytes.length)
    expect([reply.isOver, reply.status, tokens.count, tokens.lost]).toEqual([true, 200, 50, 0])
    for (const [index, start] of [...stampStarts].entries()) {
      expect(chunks.filter((chunk) => chunk.includes(`"${tokenText(index)}"`))).toHaveLength(1)
      expect(bytes.toString('latin1', start - stampOffset, start + 6)).toBe(tokenText(index))
      expect(start).toBeGreaterThan(tokenStarts[index] ?? Infinity)
      expect(start).toBeLessThan(tokenStarts[index + 1] ?? 0)
    }
  },
)

test('[BENCH-7] every event is JSON, and the places of the message’s id are known', () => {
  const { bytes, idStarts } = answerTemplate('responses', 5)
  const events = Array.from(bytes.toString('latin1').matchAll(/^data: (.*)$/gm), ([, data = '']) =>
    JSON.parse(data),
  )
  expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { status: 'completed' } })
  for (const start of idStarts)
    expect(bytes.toString('latin1', start, start + idPlaceholder.length)).toBe(idPlaceholder)
  expect(idStarts.length).toBe(bytes.toString('latin1').split(idPlaceholder).length - 1)
})
