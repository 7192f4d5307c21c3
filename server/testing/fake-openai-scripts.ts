/** What the scripted upstream can be told to do, and the inputs by which a person or a browser test tells it. */

export type ScriptStep =
  /** One delta of the answer. */
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  /** The arguments go out in `pieces` fragments (default 1), written as they are: they need not be JSON. */
  | { type: 'tool-call'; name: string; arguments: string; id?: string; pieces?: number }
  | { type: 'url-citation'; url: string; title: string; index: number }
  | { type: 'wait'; milliseconds: number }
  /** Bytes as they are, in the body. */
  | { type: 'raw'; data: string | Uint8Array }
  /** Ends the answer. Without it the script just closes the stream, which is a cut. */
  | { type: 'finish'; reason?: 'stop' | 'tool_calls' | 'length' | 'content_filter' }
  /** A reply that is no stream; only as the first step. */
  | { type: 'reply'; status: number; body?: string; headers?: Record<string, string> }
  /** `end`: the connection is closed in order, but the stream is not complete. `reset`: it breaks (RST). */
  | { type: 'cut'; how: 'end' | 'reset' }
  /** Nothing more, and the connection stays open, until the client closes it. As the first step: not even headers. */
  | { type: 'hang' }
  /** The delta again and again, until the client closes the connection. */
  | { type: 'endless'; text: string }
  /** Headers only: the stream has begun, and no token is there. */
  | { type: 'begin' }
  /** From here on every byte is written alone. */
  | { type: 'bytes-alone' }

export type Script = ScriptStep[]

const text = (piece: string): ScriptStep => ({ type: 'text', text: piece })
const finish: ScriptStep = { type: 'finish' }

/** Word by word, with a pause after each. */
export function speak(answer: string, milliseconds: number): Script {
  return (answer.match(/\s*\S+\s*$|\s*\S+/g) ?? []).flatMap((word) => [
    text(word),
    { type: 'wait' as const, milliseconds },
  ])
}

export function reply(status: number, message: string, headers: Record<string, string> = {}): Script {
  const body = JSON.stringify({ error: { message, type: 'scripted', code: null } })
  return [{ type: 'reply', status, body, headers: { 'content-type': 'application/json', ...headers } }]
}

const pangram = 'The quick brown fox jumps over the lazy dog. '

interface Sentinel {
  usage: string
  pattern: RegExp
  script(argument: string): Script
}

/** `!word argument` anywhere in the newest user message. */
const sentinels: Sentinel[] = [
  {
    usage: '!slow [words]: many words, five a second',
    pattern: /!slow(?:\s+(\d+))?/,
    script: (count) => [...speak(numberedWords(Number(count || 50)), 200), finish],
  },
  {
    usage: '!fast [words]: many words without a pause',
    pattern: /!fast(?:\s+(\d+))?/,
    script: (count) => [...speak(numberedWords(Number(count || 1000)), 0), finish],
  },
  {
    usage: '!fail <status>: an HTTP error',
    pattern: /!fail(?:\s+(\d{3}))?/,
    script: (status) =>
      reply(Number(status || 500), 'Scripted failure; key sk-secret123456 must not be shown.'),
  },
  {
    usage: '!limit [seconds]: 429 with retry-after',
    pattern: /!limit(?:\s+(\d+))?/,
    script: (seconds) => reply(429, 'Scripted rate limit.', { 'retry-after': seconds || '30' }),
  },
  {
    usage: '!error: an error inside of the stream, after some text',
    pattern: /!error/,
    script: () => [
      text('This much came before the error. '),
      {
        type: 'raw',
        data: 'data: {"error":{"message":"Scripted; key sk-secret123456.","type":"server_error"}}\n\n',
      },
    ],
  },
  {
    usage: '!cut: the connection is closed in the middle',
    pattern: /!cut/,
    script: () => [...speak('This answer is cut off in the', 50), { type: 'cut', how: 'end' }],
  },
  {
    usage: '!reset: the connection breaks in the middle',
    pattern: /!reset/,
    script: () => [...speak('This answer is cut off in the', 50), { type: 'cut', how: 'reset' }],
  },
  { usage: '!hang: nothing at all', pattern: /!hang/, script: () => [{ type: 'hang' }] },
  {
    usage: '!mute: a stream without a token',
    pattern: /!mute/,
    script: () => [{ type: 'begin' }, { type: 'hang' }],
  },
  {
    usage: '!silence: falls silent in the middle',
    pattern: /!silence/,
    script: () => [...speak('After this there is', 50), { type: 'hang' }],
  },
  {
    usage: '!garbage: something that is no JSON',
    pattern: /!garbage/,
    script: () => [text('Garbage follows. '), { type: 'raw', data: 'data: {"choices": [oops\n\n' }, finish],
  },
  {
    usage: '!html: a web page in place of a stream',
    pattern: /!html/,
    script: () => [
      {
        type: 'reply',
        status: 200,
        body: '<html>Bad gateway</html>',
        headers: { 'content-type': 'text/html' },
      },
    ],
  },
  {
    usage: '!bytes: every byte of the stream alone',
    pattern: /!bytes/,
    script: () => [{ type: 'bytes-alone' }, text('Grüße, 世界 👩‍👩‍👧'), text(' – Ende.'), finish],
  },
  {
    usage: '!nul: NUL and lone surrogates, and a pair split over two deltas',
    pattern: /!nul/,
    script: () => [text('a\u0000b '), text('\udc00c \ud83d'), text('\ude00 d\ud800'), text(' e'), finish],
  },
  {
    usage: '!think: thoughts before the answer',
    pattern: /!think/,
    script: () => [
      { type: 'reasoning', text: 'First I think. ' },
      { type: 'wait', milliseconds: 50 },
      { type: 'reasoning', text: 'Then I know.' },
      ...speak('Now I have thought about it.', 20),
      finish,
    ],
  },
  {
    usage: '!tool <name> [arguments]: calls a tool; the arguments are sent as they are written',
    pattern: /!tool\s+(\S+(?:\s+.+)?)/s,
    script: (call) => {
      const [, name = '', written = '{}'] = /^(\S+)\s*(.*)$/s.exec(call) ?? []
      return [
        { type: 'tool-call', name, arguments: written === '' ? '{}' : written, pieces: 3 },
        { type: 'finish', reason: 'tool_calls' },
      ]
    },
  },
  {
    usage: '!endless: never stops',
    pattern: /!endless/,
    script: () => [{ type: 'endless', text: pangram.repeat(20) }],
  },
  {
    usage: '!big: one delta of 1 MB',
    pattern: /!big/,
    script: () => [text(pangram.repeat(Math.ceil(1_000_000 / pangram.length)).slice(0, 1_000_000)), finish],
  },
  {
    usage: '!refuse: stopped by a content filter',
    pattern: /!refuse/,
    script: () => [text('I '), { type: 'finish', reason: 'content_filter' }],
  },
  { usage: '!empty: no text at all', pattern: /!empty/, script: () => [finish] },
  {
    usage: '!help: this list',
    pattern: /!help/,
    script: () => [text(sentinels.map(({ usage }) => `- \`${usage}\``).join('\n')), finish],
  },
]

/** What the newest message asks for, or an echo. */
export function scriptFor(newestText: string, isToolOutput: boolean): Script {
  if (isToolOutput) return [...speak(`The tool said: ${newestText}`, 20), finish]
  for (const { pattern, script } of sentinels) {
    const found = pattern.exec(newestText)
    if (found) return script(found[1] ?? '')
  }
  return [...speak(`You said: ${newestText}`, 30), finish]
}

function numberedWords(count: number): string {
  return Array.from({ length: count }, (_, index) => `word${index + 1}`).join(' ')
}
