import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  CommandLineError,
  readIngestRequest,
  readServeRequest,
  readTokenRequest,
  runCommand,
} from './command-line.ts'
import type { Commands } from './command-line.ts'
import { developmentLines } from './development.ts'

function recorded(): { commands: Commands; ran: string[] } {
  const ran: string[] = []
  const command = (name: string) => ({
    usage: '[--option]',
    summary: `Does ${name}.`,
    run: async (parameters: string[]) => void ran.push([name, ...parameters].join(' ')),
  })
  return { commands: { serve: command('serve'), token: command('token') }, ran }
}

describe('commands', () => {
  test('[PROGRAM-17] the first is meant when none is named', async () => {
    const { commands, ran } = recorded()
    await runCommand(commands, [])
    await runCommand(commands, ['--development'])
    await runCommand(commands, ['token', '--user', 'ada'])
    expect(ran).toEqual(['serve', 'serve --development', 'token --user ada'])
  })

  test('[PROGRAM-17] what does not exist is answered with what does', async () => {
    const { commands, ran } = recorded()
    for (const parameters of [['tokens'], ['__proto__'], ['toString'], ['token', '--help'], ['--help']]) {
      await expect(runCommand(commands, parameters), parameters.join(' ')).rejects.toThrow(
        /token \[--option\]\n {6}Does token\./,
      )
    }
    expect(ran).toEqual([])
  })

  test('[PROGRAM-17] options are read, and all that is wrong with them is said', () => {
    expect(readServeRequest([])).toEqual({ development: false })
    expect(readServeRequest(['--development'])).toEqual({ development: true })
    expect(() => readServeRequest(['--developmnet'])).toThrow(CommandLineError)
    expect(readTokenRequest(['--user', 'ada'])).toEqual({ userId: 'ada', roles: [], lifetimeSeconds: 3_600 })
    expect(readTokenRequest(['--user=ada', '--tenant=acme', '--roles=user,agent', '--minutes=5'])).toEqual({
      userId: 'ada',
      tenantId: 'acme',
      roles: ['user', 'agent'],
      lifetimeSeconds: 300,
    })
    expect(() => readTokenRequest(['--tenant', 'a b', '--roles', 'x,y z', '--minutes', '0'])).toThrow(
      /--user must.*\n--tenant must.*\n--roles must.*\n--minutes must/,
    )
    for (const wrong of [['--user'], ['ada'], ['--user', 'ada', '--minutes', '1.5'], ['--admin']]) {
      expect(() => readTokenRequest(wrong), wrong.join(' ')).toThrow(CommandLineError)
    }
  })
})

test('[PROGRAM-17] a book’s folder and its options are read, and all that is wrong with them is said', () => {
  expect(readIngestRequest(['book'])).toEqual({ folder: 'book' })
  const all = ['--book=guide', 'book', '--tenant=acme', '--url=https://book.example/docs']
  expect(readIngestRequest(all)).toEqual({
    folder: 'book',
    book: 'guide',
    tenantId: 'acme',
    baseUrl: 'https://book.example/docs',
  })
  expect(() => readIngestRequest(['--tenant', 'a b', '--url', 'javascript:alert(1)'])).toThrow(
    /Name one folder.*\n--tenant must.*\n--url must/,
  )
  for (const wrong of [[], ['a', 'b'], ['a', '--books', 'x'], ['a', '--book']])
    expect(() => readIngestRequest(wrong), wrong.join(' ')).toThrow(CommandLineError)
})

test('[PROGRAM-18] each of the lines is one command of a shell, with a body that is JSON', async () => {
  const text = developmentLines('http://127.0.0.1:8787', 'a.b.c')
  const lines = text.split('\n').filter((line) => line.startsWith('    '))
  expect(lines).toHaveLength(4)
  for (const line of lines) await promisify(execFile)('sh', ['-n', '-c', line])
  const bodies = lines.flatMap((line) => / -d '([^']+)'/.exec(line)?.[1] ?? [])
  expect(bodies.map((body) => JSON.parse(body).type)).toEqual([
    'threads.create',
    'threads.list',
    'threads.create',
  ])
})
