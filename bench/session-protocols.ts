/** Contract B's `POST /api/chatkit/session`, asked by somebody new each time, and the secrets that were given for it. */
import type { HttpReply } from './http-reply.ts'
import type { Protocol, Question } from './protocols.ts'

type Sessions = Required<Pick<Protocol, 'request' | 'ending' | 'status' | 'remember' | 'repetitions'>>

/** By server. So many visitors are enough to ask the tutor. */
const secrets = new Map<string, string[]>()
const secretsMax = 64

export function createSessionsProtocol(): Sessions {
  return {
    request: askSession,
    status: 201,
    // The last kibibyte of the reply is all of it.
    ending: '"client_secret":"sk_chatkit_',
    repetitions: null,
    remember: rememberSecret,
  }
}

/** What a page of the book sends of itself and its reader; the address in front of a proxy is another for everybody. */
function askSession({ host, number }: Question): string {
  const text = JSON.stringify({
    page_path: '/docs/chapter-04/lesson-01-intro',
    page_title: 'Introduction to Python',
    current_chapter: '04-python',
    current_lesson: '01-intro',
    highlighted_text: 'async def main():',
    student_email: `student-${number}@example.com`,
    student_name: `Student ${number}`,
    learning_level: 'intermediate',
  })
  return (
    `POST /api/chatkit/session HTTP/1.1\r\nhost: ${host}\r\norigin: http://${host}\r\n` +
    `content-type: application/json\r\nx-forwarded-for: ${addressOf(number)}\r\n` +
    `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  )
}

function addressOf(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
}

function rememberSecret(host: string, reply: HttpReply): void {
  const kept = secrets.get(host) ?? []
  secrets.set(host, kept)
  const secret = /"client_secret":"([^"]+)"/.exec(reply.tail)?.[1]
  if (secret !== undefined && kept.length < secretsMax) kept.push(secret)
}

/** Of one of the sessions that a server has given; empty where it has given none, so that it lets nobody in. */
export function rememberedSecret(host: string, number: number): string {
  const kept = secrets.get(host) ?? []
  return kept[number % Math.max(1, kept.length)] ?? ''
}
