/** The settings of ChatKit sessions: what answers behind them, and which sites may ask for them. */
import { oneOf, parseOrigins, whole } from './setting.ts'
import type { Setting } from './setting.ts'

/** Null or empty means: not set. */
export interface SessionSettings {
  chatkitWorkflowId: string | null
  chatkitWorkflowHosted: 'on' | 'off'
  chatkitAgent: 'assistant' | 'tutor' | 'support' | 'todo'
  chatkitOrigins: readonly string[]
  chatkitSessionsPerMinute: number
}

export const sessionTable: { [Name in keyof SessionSettings]: Setting<SessionSettings[Name]> } = {
  // An agent's name, or the id that the workflow has where it is hosted.
  chatkitWorkflowId: {
    variables: ['CHATKIT_WORKFLOW_ID', 'PARLEY_CHATKIT_WORKFLOW_ID'],
    default: null,
    allowed: '1 to 200 visible ASCII characters',
    parse: (value) => (/^[\x21-\x7e]{1,200}$/.test(value) ? value : undefined),
  },
  // With on, sessions are created at OpenAI's ChatKit API, or at that of OPENAI_BASE_URL.
  chatkitWorkflowHosted: {
    ...oneOf('on', 'off'),
    variables: ['PARLEY_CHATKIT_WORKFLOW_HOSTED'],
    default: 'off',
  },
  // Who answers when the workflow's id is no agent's name.
  chatkitAgent: {
    ...oneOf('assistant', 'tutor', 'support', 'todo'),
    variables: ['PARLEY_CHATKIT_AGENT'],
    default: 'tutor',
  },
  chatkitOrigins: {
    variables: ['PARLEY_CHATKIT_ORIGINS'],
    default: [],
    allowed: 'origins, such as https://book.example.org, with commas between them',
    parse: parseOrigins,
    show: (value) => (value.length === 0 ? '-' : value.join(', ')),
  },
  chatkitSessionsPerMinute: {
    ...whole(1, 100_000),
    variables: ['PARLEY_CHATKIT_SESSIONS_PER_MINUTE'],
    default: 10,
  },
}

/** A sentence for each setting that needs another which is not set. */
export function sessionProblems(
  settings: Pick<SessionSettings, 'chatkitWorkflowHosted' | 'chatkitWorkflowId'> & {
    openaiApiKey: string | null
  },
): string[] {
  if (settings.chatkitWorkflowHosted === 'off') return []
  const needed = {
    CHATKIT_WORKFLOW_ID: settings.chatkitWorkflowId,
    OPENAI_API_KEY: settings.openaiApiKey,
  }
  return Object.entries(needed)
    .filter(([, value]) => value === null)
    .map(([variable]) => `PARLEY_CHATKIT_WORKFLOW_HOSTED is on, so ${variable} must be set, too.`)
}
