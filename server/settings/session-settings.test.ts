import { describe, expect, test } from 'vitest'
import { ConfigurationError, readConfiguration } from './configuration.ts'

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('the settings of sessions', () => {
  test('[SESS-18] none is needed, and without a workflow there are no sessions', () => {
    expect(readConfiguration({}).settings).toMatchObject({
      chatkitWorkflowId: null,
      chatkitWorkflowHosted: 'off',
      chatkitAgent: 'tutor',
      chatkitOrigins: [],
      chatkitSessionsPerMinute: 10,
    })
    expect(readConfiguration({ CHATKIT_WORKFLOW_ID: 'wf_1' }).settings.chatkitWorkflowId).toBe('wf_1')
  })

  test('[SESS-18] a hosted workflow needs its id and a key', () => {
    expect(problemsOf({ PARLEY_CHATKIT_WORKFLOW_HOSTED: 'on' })).toEqual([
      'PARLEY_CHATKIT_WORKFLOW_HOSTED is on, so CHATKIT_WORKFLOW_ID must be set, too.',
      'PARLEY_CHATKIT_WORKFLOW_HOSTED is on, so OPENAI_API_KEY must be set, too.',
    ])
    const hosted = {
      PARLEY_CHATKIT_WORKFLOW_HOSTED: 'on',
      CHATKIT_WORKFLOW_ID: 'wf_1',
      OPENAI_API_KEY: 'sk-1',
    }
    expect(problemsOf(hosted)).toEqual([])
  })

  test('[SESS-18] origins are origins and nothing else', () => {
    const read = (value: string) =>
      readConfiguration({ PARLEY_CHATKIT_ORIGINS: value }).settings.chatkitOrigins
    expect(read('https://book.example.org, http://localhost:3000')).toEqual([
      'https://book.example.org',
      'http://localhost:3000',
    ])
    for (const wrong of ['*', 'null', 'https://a.example/path', 'https://a.example,', 'a.example']) {
      expect(problemsOf({ PARLEY_CHATKIT_ORIGINS: wrong }), wrong).toHaveLength(1)
    }
  })
})
