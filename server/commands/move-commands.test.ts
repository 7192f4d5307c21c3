import { expect, test } from 'vitest'
import { CommandLineError } from './command-line.ts'
import { readDatabaseRequest, readFilesRequest } from './move-commands.ts'

test('[MOVE-1] the target is named, or the one that is configured', () => {
  expect(readDatabaseRequest(['move', 'postgres://a@b/c', '--dry-run'])).toEqual({
    url: 'postgres://a@b/c',
    isDryRun: true,
  })
  expect(readDatabaseRequest(['move', '--batch-rows', '7'])).toEqual({
    url: null,
    isDryRun: false,
    rowsMax: 7,
  })
  for (const wrong of [
    [],
    ['copy'],
    ['move', 'mysql://a/b'],
    ['move', 'a', 'b'],
    ['move', '--batch-rows', '0'],
    ['move', '--batch-rows', '100001'],
    ['move', '--force'],
  ])
    expect(() => readDatabaseRequest(wrong), wrong.join(' ')).toThrow(CommandLineError)
})

test('[MOVE-6] files are moved to a bucket or to a directory', () => {
  expect(readFilesRequest(['move', '--to', 's3'])).toEqual({
    to: 's3',
    directory: null,
    isDryRun: false,
    prunes: false,
  })
  expect(readFilesRequest(['move', '--to', 'directory', '--directory', '/srv', '--prune'])).toMatchObject({
    directory: '/srv',
    prunes: true,
  })
  for (const wrong of [
    [],
    ['move'],
    ['move', '--to', 'ftp'],
    ['copy', '--to', 's3'],
    ['move', '--to', 's3', 'x'],
  ])
    expect(() => readFilesRequest(wrong), wrong.join(' ')).toThrow(CommandLineError)
})
