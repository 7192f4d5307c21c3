/** What still points elsewhere, or deserves a look, and how it is shown. */

export interface Finding {
  /** Null: of the server's own settings. */
  place: { path: string; line: number; text: string } | null
  /** `left`: it still asks OpenAI, or does not work here. `hint`: it may be well, and somebody should know. */
  weight: 'left' | 'hint'
  /** One sentence or two: what it is, and what to write instead. */
  words: string
}

/** Whom the app shall ask from now on, and who answers there. */
export interface Target {
  /** Such as `https://chat.example.org`. */
  origin: string
  /** The workflow ids that an agent answers here. */
  answers(workflowId: string): boolean
}

const excerptLengthMax = 100

/** A line of a file as it may be printed: no value of what is called a key, a secret or a token, and nothing that looks like one. */
export function excerptOf(line: string, path: string): string {
  const visible = line.trim().replaceAll(/[^\P{C}\t]/gu, '?')
  const [, assigned] = /^((?:export\s+)?[\w.-]+\s*=)/.exec(visible) ?? []
  if (isEnvironmentFile(path) && assigned !== undefined && !/https?:\/\//.test(visible)) return `${assigned}…`
  const safe = visible
    .replaceAll(/(\w*(?:key|secret|token|password)\w*["']?\s*[:=]\s*["'`])[^"'`]+/gi, '$1…')
    .replaceAll(/\b(?:sk|ek|rk|pk|domain_pk)[-_][\w-]{6,}/g, '…')
    .replaceAll(/(Bearer\s+)[\w.~+/-]{8,}/g, '$1…')
    .replaceAll(/([?&][\w-]*(?:key|secret|token|password)[\w-]*=)[^&\s"'`]+/gi, '$1…')
    .replaceAll(/(:\/\/)[^/@\s"'`]+@/g, '$1…@')
  return safe.length > excerptLengthMax ? `${safe.slice(0, excerptLengthMax)}…` : safe
}

export function isEnvironmentFile(path: string): boolean {
  return /(?:^|\/)\.env(?:\.[^/]+)?$|\.env$/.test(path)
}

/** What somebody is to copy and to fill in. */
export function isTemplate(path: string): boolean {
  return /\.(?:example|sample|template|dist)$/.test(path)
}
