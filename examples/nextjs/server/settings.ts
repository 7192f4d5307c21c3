/** What the environment says: the only place that reads it, and not before it is asked, since Next.js builds without it. */
/* oxlint-disable node/no-process-env */

export interface Settings {
  /** Where the data lies. */
  directory: string
  /** What the links to files begin with. */
  publicUrl: string
  /** The language model that answers; without its name, none does. */
  model: string | undefined
  modelKey: string | undefined
  modelUrl: string | undefined
}

export function readSettings(): Settings {
  return {
    directory: process.env['PARLEY_DATA'] ?? '.data',
    publicUrl: process.env['PUBLIC_URL'] ?? 'http://localhost:3000',
    model: process.env['OPENAI_MODEL'],
    modelKey: process.env['OPENAI_API_KEY'],
    modelUrl: process.env['OPENAI_BASE_URL'],
  }
}
