/**
 * What of an app's source still points at hosted ChatKit. Lines are read one by one, with what is known of their file and of the
 * app's environment: a default that a variable overrides points nowhere.
 */
import type { AppFile } from './app-folder.ts'
import { excerptOf, isEnvironmentFile, isTemplate } from './findings.ts'
import type { Finding, Target } from './findings.ts'

export function findInApp(files: readonly AppFile[], target: Target): Finding[] {
  const app = factsOf(files)
  const found = files.flatMap((file) => findInFile(file, app, target))
  if (app.makesSessions && !app.environment.has('OPENAI_API_KEY') && app.keyLine !== null) {
    const { file, line } = app.keyLine
    found.push(findingAt(file, line, 'hint', keyWords))
  }
  return found
}

interface App {
  /** What its environment files set; templates set nothing. */
  environment: Map<string, string>
  makesSessions: boolean
  /** The first line of source that reads OpenAI's key. */
  keyLine: { file: AppFile; line: number } | null
}

const makesSessions = /chatkit[/.]sessions/
const keyWords =
  'Sessions are made with this key: here it must be one of Parley’s (npm start -- key create "My app" --scopes sessions:write).'

function factsOf(files: readonly AppFile[]): App {
  const app: App = { environment: new Map(), makesSessions: false, keyLine: null }
  for (const file of files) {
    const isEnvironment = isEnvironmentFile(file.path)
    for (const [index, text] of file.lines.entries()) {
      if (isComment(text)) continue
      app.makesSessions ||= makesSessions.test(text)
      const [, name = '', value = ''] = assignment.exec(text) ?? []
      if (isEnvironment && !isTemplate(file.path) && name !== '') app.environment.set(name, value)
      else if (!isEnvironment && app.keyLine === null && text.includes('OPENAI_API_KEY')) {
        app.keyLine = { file, line: index + 1 }
      }
    }
  }
  return app
}

const assignment = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*["']?([^"'#]*?)["']?\s*(?:#.*)?$/

function isComment(text: string): boolean {
  return /^\s*(?:\/\/|\/?\*|#|<!--)/.test(text)
}

interface Line {
  text: string
  file: FileFacts
  app: App
  target: Target
}

interface FileFacts {
  path: string
  lines: readonly string[]
  /** Whether it is about ChatKit at all: OpenAI’s other addresses are nobody's business here. */
  isAboutChatKit: boolean
}

/** Null: nothing. The first that finds something speaks for the line. */
type Look = (line: Line, index: number) => Pick<Finding, 'weight' | 'words'> | null

const left = (words: string): Pick<Finding, 'weight' | 'words'> => ({ weight: 'left', words })
const hint = (words: string): Pick<Finding, 'weight' | 'words'> => ({ weight: 'hint', words })

const looks: readonly Look[] = [
  function script({ text, target }) {
    if (!/cdn\.platform\.openai\.com\/deployments\/chatkit/.test(text)) return null
    return left(
      `The element is loaded from OpenAI’s CDN. Load ${target.origin}/parley-chat.js; <openai-chatkit> stays as it is.`,
    )
  },
  function policy({ text, target }) {
    if (!/(?:script|connect|frame|img|font|default|child)-src\b|content-security-policy/i.test(text))
      return null
    if (!openAiHosts.test(text)) return null
    return left(
      `The page’s policy names OpenAI’s hosts. Name ${target.origin} instead, in script-src, connect-src and img-src; no frame is needed.`,
    )
  },
  function domainKeys({ text }) {
    if (!/chatkit\/domain_keys/.test(text)) return null
    return left(
      'Nobody asks for domain keys here. Take it out; PARLEY_CHATKIT_ORIGINS lists the pages that may ask.',
    )
  },
  function address({ text, target }) {
    if (!/api\.openai\.com\/v1\/chatkit/.test(text)) return null
    return left(`This asks OpenAI’s ChatKit API. Ask ${target.origin}/v1/chatkit, with a key of Parley’s.`)
  },
  function base({ text, file, app, target }) {
    if (!file.isAboutChatKit || !/https:\/\/api\.openai\.com/.test(text)) return null
    const isOverridden =
      file.lines.some((line) => line.includes('CHATKIT_API_BASE')) && pointsAway(app, 'CHATKIT_API_BASE')
    if (isOverridden && !/CHATKIT_API_BASE\s*=/.test(text)) return null
    const reads = file.lines.some((line) => /env\b.*CHATKIT_API_BASE/.test(line))
    return left(
      reads
        ? `Sessions are made at OpenAI unless CHATKIT_API_BASE says otherwise. Set CHATKIT_API_BASE=${target.origin}; the code may stay.`
        : `ChatKit is asked at OpenAI. Write ${target.origin} instead.`,
    )
  },
  function key({ text, file, app }) {
    if (!isEnvironmentFile(file.path) || isTemplate(file.path) || !app.makesSessions) return null
    const [, name, value = ''] = assignment.exec(text) ?? []
    return name === 'OPENAI_API_KEY' && !value.startsWith('sk-parley-') ? left(keyWords) : null
  },
  function workflow({ text, target }) {
    const ids = text.match(/\bwf_[A-Za-z0-9]{8,}/g) ?? []
    const unknown = ids.find((id) => !target.answers(id))
    if (unknown === undefined) return null
    return left(
      `No agent answers the workflow ${unknown} here. Start Parley with CHATKIT_WORKFLOW_ID=${unknown} (PARLEY_CHATKIT_AGENT says who answers), or write an agent’s name: assistant, tutor, support, todo.`,
    )
  },
  function client({ text, file, app, target }, index) {
    if (!file.lines.some((line) => /\bbeta\.chatkit\b/.test(line)) || pointsAway(app, 'OPENAI_BASE_URL'))
      return null
    if (!/\b(?:Async)?OpenAI\s*\(/.test(text)) return null
    if (/base_?url/i.test(callAt(file.lines, index))) return null
    return left(
      `This client asks OpenAI for ChatKit. Give it ${file.path.endsWith('.py') ? 'base_url=' : 'baseURL: '}"${target.origin}/v1" and a key of Parley’s.`,
    )
  },
  function otherHosts({ text, file, target }) {
    if (!/\b(?:cdn\.openai\.com|cdn\.platform\.openai\.com|[\w-]+\.oaistatic\.com)\b/.test(text)) return null
    return file.isAboutChatKit || /chatkit|openai sans/i.test(text) || /fonts?\b/.test(file.path)
      ? left(
          `This is loaded from OpenAI’s servers. Serve it yourself, or leave it out: the page needs nothing but ${target.origin}.`,
        )
      : null
  },
  function domainKey({ text, file }) {
    if (!/\bdomainKey\b|domain_pk_/.test(text) || !file.isAboutChatKit) return null
    return hint(
      'A domain key is not looked at here: it may stay or go. PARLEY_CHATKIT_ORIGINS lists the pages that may ask.',
    )
  },
]

const openAiHosts = /openai\.com|oaistatic\.com|chatgpt\.com/

function pointsAway({ environment }: App, variable: string): boolean {
  const value = environment.get(variable)
  return value !== undefined && value !== '' && !/openai\.com/.test(value)
}

const callLinesMax = 20

/** From where it is called to the bracket that ends the call, or so many lines. */
function callAt(lines: readonly string[], index: number): string {
  const text = lines.slice(index, index + callLinesMax).join('\n')
  const from = text.search(/OpenAI\s*\(/)
  let depth = 0
  for (let place = from; place < text.length; place += 1) {
    if (text[place] === '(') depth += 1
    else if (text[place] === ')' && (depth -= 1) === 0) return text.slice(from, place)
  }
  return text
}

/** What is longer was made by a program. */
const lineLengthMax = 5_000

function findInFile(file: AppFile, app: App, target: Target): Finding[] {
  const isAboutChatKit = file.lines.some((text) => /chatkit/i.test(text))
  const facts = { ...file, isAboutChatKit }
  return file.lines.flatMap((text, index) => {
    if (isComment(text) || text.length > lineLengthMax) return []
    for (const look of looks) {
      const seen = look({ text, file: facts, app, target }, index)
      if (seen !== null) return [findingAt(file, index + 1, seen.weight, seen.words)]
    }
    return []
  })
}

function findingAt(file: AppFile, line: number, weight: Finding['weight'], words: string): Finding {
  const text = excerptOf(file.lines[line - 1] ?? '', file.path)
  return { place: { path: file.path, line, text }, weight, words }
}
