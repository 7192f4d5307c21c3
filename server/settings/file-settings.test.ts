import { expect, test } from 'vitest'
import { modelTakes } from '../assembly/create-file-keeper.ts'
import { ConfigurationError, printConfiguration, readConfiguration } from './configuration.ts'

const bucket = {
  PARLEY_FILES_S3_ENDPOINT: 'https://s3.example.org/bucket',
  PARLEY_FILES_S3_ACCESS_KEY_ID: 'canary-id',
  PARLEY_FILES_S3_SECRET_ACCESS_KEY: 'canary-secret',
}

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

test('[OPS-1] files need no settings, and have limits without them', () => {
  const { settings } = readConfiguration({})
  expect(settings).toMatchObject({
    files: null,
    filesS3Endpoint: null,
    fileBytesMax: 26_214_400,
    filesOwnerMegabytesMax: 1_024,
    filesAlsoAllowed: [],
  })
  expect(modelTakes(settings)).toBe('files')
  expect(modelTakes({ ...settings, openaiBaseUrl: 'http://localhost:11434/v1' })).toBe('images')
  expect(modelTakes(readConfiguration({ PARLEY_MODEL_TAKES: 'text' }).settings)).toBe('text')
})

test('[OPS-2] a bucket has both keys or is none, and files are kept in one place', () => {
  expect(problemsOf(bucket)).toEqual([])
  const { PARLEY_FILES_S3_ENDPOINT: endpoint, ...keys } = bucket
  expect(problemsOf({ PARLEY_FILES_S3_ENDPOINT: endpoint })).toEqual([
    'PARLEY_FILES_S3_ENDPOINT is set, so PARLEY_FILES_S3_ACCESS_KEY_ID must be set.',
    'PARLEY_FILES_S3_ENDPOINT is set, so PARLEY_FILES_S3_SECRET_ACCESS_KEY must be set.',
  ])
  expect(problemsOf(keys)).toEqual([
    'PARLEY_FILES_S3_ACCESS_KEY_ID is set, so PARLEY_FILES_S3_ENDPOINT must be set.',
    'PARLEY_FILES_S3_SECRET_ACCESS_KEY is set, so PARLEY_FILES_S3_ENDPOINT must be set.',
  ])
  expect(problemsOf({ ...bucket, PARLEY_FILES: './files' })).toHaveLength(1)
  for (const wrong of [
    's3://bucket',
    'https://user:canary@s3.example.org/bucket',
    'bucket',
    'https://s3.example.org/b?x=1',
  ]) {
    const problems = problemsOf({ ...bucket, PARLEY_FILES_S3_ENDPOINT: wrong })
    expect(problems[0], wrong).toMatch(/^PARLEY_FILES_S3_ENDPOINT must be an http or https URL/)
    expect(problems.join()).not.toContain('canary')
  }
})

test('[OPS-5] of a bucket’s keys the table shows only that they are set', () => {
  const printed = printConfiguration(readConfiguration(bucket))
  expect(printed).toContain('https://s3.example.org/bucket')
  expect(printed).not.toContain('canary')
})
