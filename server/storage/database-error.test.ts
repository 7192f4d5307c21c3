import { expect, test } from 'vitest'
import { databaseErrorFrom, isConnectionTrouble } from './database-error.ts'

function failed(code: string): Error {
  return Object.assign(new Error('write failed'), { code })
}

test.each(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'E2BIG', 'ETIMEDOUT'])(
  '[STORE-17] a connection that breaks (%s) is no word of the database: the call can be made again',
  (code) => {
    const error = databaseErrorFrom(failed(code))
    expect(error).toMatchObject({ code: undefined, message: `${code}: write failed` })
    expect(isConnectionTrouble(error)).toBe(true)
  },
)

test.each(['23505', 'P0001', '22P05', '42501'])(
  '[STORE-17] what the database refuses (%s) is refused for good',
  (code) => {
    const error = databaseErrorFrom(failed(code))
    expect(error.code).toBe(code)
    expect(isConnectionTrouble(error)).toBe(false)
  },
)
