/** What is rendered: the same text for all, made of what answers are made of. */

const paragraphs = [
  'A run belongs to the database and not to the connection that began it, so **nothing is lost** when a tab closes; see [the design](https://example.org/design) and `lease_seconds`.',
  'Every event is *written down* before it is sent. What a reader has missed is read again from its place, in the same order, ~~with~~ without a gap.',
  'A lease ends by itself. Whoever holds it tells so every second, and another process goes on where the first one stopped, at <https://example.org/leases>.',
]
const list =
  '- one thing with **weight**\n- another with `code`\n  - and a part of it\n  - and one more\n- the last one'
const steps =
  '1. Begin with the first step.\n2. Go on to the second, which is longer and goes over the end of a line.\n3. End here.'
const table =
  '| Part | Kept | Cost |\n|---|:-:|--:|\n| runs | yes | 12 |\n| events | yes | 340 |\n| frames | no | 5600 |\n| heaps | no | 78 |'
const code =
  '```ts\nexport async function follow(run: Run, after: number): Promise<void> {\n  for await (const event of run.events(after)) {\n    if (event.type === "end") return // nothing comes behind it\n    apply(event, { at: event.seq })\n  }\n}\n```'
const quotation = '> What was promised is written down, and what is written down is tested.'

/** The last words: when they are on the screen, everything is. */
export const lastWords = 'That was all.'

/** @param length In UTF-16 code units; what comes is a little longer. */
export function makeAnswer(length: number): string {
  const blocks: string[] = []
  let total = 0
  for (let section = 1; total < length; section += 1) {
    const added = [
      `## Section ${section}`,
      ...paragraphs.map((paragraph) => `${section}. ${paragraph}`.replace('. ', ' · ')),
      section % 2 === 0 ? list : steps,
      section % 3 === 0 ? table : quotation,
      ...(section % 2 === 0 ? [code] : []),
    ]
    blocks.push(...added)
    total += added.join('\n\n').length + 2
  }
  return [...blocks, lastWords].join('\n\n')
}

export interface OldMessage {
  role: 'user' | 'assistant'
  text: string
}

/** A long conversation: short questions, answers of a few lines. */
export function makeThread(messages: number): OldMessage[] {
  return Array.from({ length: messages }, (_, place) =>
    place % 2 === 0
      ? { role: 'user', text: `Question ${place / 2 + 1}: how are runs kept?` }
      : { role: 'assistant', text: [paragraphs[place % 3], list].join('\n\n') },
  )
}
