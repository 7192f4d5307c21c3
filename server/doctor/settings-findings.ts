/** What the server's own settings still say of hosted ChatKit, and what they do not say yet. */
import type { Configuration } from '../settings/configuration.ts'
import type { Finding } from './findings.ts'

export function findInSettings({ settings, sources }: Configuration): Finding[] {
  const { chatkitWorkflowHosted, chatkitWorkflowId, chatkitAgent, chatkitOrigins, publicUrl, model } =
    settings
  const isHosted = chatkitWorkflowHosted === 'on'
  return [
    isHosted &&
      left(
        `PARLEY_CHATKIT_WORKFLOW_HOSTED is on: sessions are still made at OpenAI. Turn it off; then ${chatkitAgent} answers here (PARLEY_CHATKIT_AGENT).`,
      ),
    chatkitWorkflowId === null &&
      hint(
        'CHATKIT_WORKFLOW_ID is not set: no workflow id from elsewhere is answered, and POST /api/chatkit/session gives no sessions. Agents’ names work without it.',
      ),
    chatkitOrigins.length === 0 &&
      hint(
        'PARLEY_CHATKIT_ORIGINS is not set: only pages of Parley’s own origin may ask. List the origins of your pages, as https://www.example.org.',
      ),
    publicUrl === null &&
      hint(
        'PARLEY_PUBLIC_URL is not set: Parley answers only under its own address. Set it to where browsers find it.',
      ),
    sources.secret === 'default' &&
      hint(
        'PARLEY_SECRET is not set: a secret is kept in the data directory. Several machines need the same one, and a lost one ends all sessions.',
      ),
    model === null &&
      hint(
        'PARLEY_MODEL is not set: the built-in answerer quotes documents and asks no language model. What your workflow said to its model goes into PARLEY_INSTRUCTIONS.',
      ),
  ].filter((finding) => finding !== false)
}

function left(words: string): Finding {
  return { place: null, weight: 'left', words }
}

function hint(words: string): Finding {
  return { place: null, weight: 'hint', words }
}
