/**
 * What a ticket says when nobody says it: read off the conversation by words, so that it needs no model, costs nothing and is
 * always the same. Only what the user wrote counts: an assistant that asks "is it urgent?" makes nothing urgent.
 */
import type { Item } from '../conversation/items.ts'
import { cleanText, cutText } from '../conversation/text.ts'
import type { Thread } from '../conversation/threads.ts'
import { titleLengthMax } from './tickets.ts'
import type { TicketCategory, TicketPriority, TicketSummary } from './tickets.ts'

/**
 * @param items What was said, oldest first.
 * @param given What the client said itself: it counts as it is.
 */
export function deriveTicket(
  thread: Pick<Thread, 'title'>,
  items: readonly Item[],
  given: Partial<TicketSummary> = {},
): TicketSummary {
  const said = items.map(textOfUser).filter((text) => text !== '')
  const text = said.join('\n').toLowerCase().replaceAll('’', "'")
  return {
    title: given.title ?? titleOf(thread, said),
    category: given.category ?? categoryOf(text),
    priority: given.priority ?? priorityOf(text),
  }
}

function textOfUser(item: Item): string {
  if (item.type !== 'user_message') return ''
  return item.content
    .map(({ text }) => text)
    .join('')
    .trim()
}

const derivedTitleLengthMax = 80
const untitled = 'Support request'

/** The conversation's title, or the first sentence that says something. */
function titleOf({ title }: Pick<Thread, 'title'>, said: readonly string[]): string {
  const lines = [title ?? '', ...said].flatMap((text) => text.split('\n')).map(readable)
  const line = lines.find((candidate) => /\p{L}\p{L}/u.test(candidate))
  if (line === undefined) return untitled
  if (title !== undefined && line === readable(title)) return cutText(line, titleLengthMax)
  const sentence = /^.{12,}?[.!?](?=\s)/.exec(line)?.[0] ?? line
  if (sentence.length <= derivedTitleLengthMax) return sentence
  const cut = cutText(sentence, derivedTitleLengthMax - 1)
  const lastBlank = cut.lastIndexOf(' ')
  return `${(lastBlank > derivedTitleLengthMax / 2 ? cut.slice(0, lastBlank) : cut).trimEnd()}…`
}

/** In one line, without what cannot be seen or turns the writing round. */
function readable(text: string): string {
  return cleanText(text)
    .replaceAll(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** The order decides where as many words speak for one as for the other. */
const categorySigns: readonly [TicketCategory, RegExp][] = [
  [
    'Billing',
    /\b(?:bill(?:s|ed|ing)?|invoices?|charge[ds]?|charging|refund\w*|payments?|paid|credit card|subscriptions?|pric(?:e|es|ing)|receipts?|vat)\b/g,
  ],
  [
    'Account Issue',
    /\b(?:accounts?|log(?:ged)? ?in|login|sign(?:ed)? ?in|passwords?|locked out|two-factor|2fa|username|profile|verification (?:code|mail|e-?mail)|permissions?)\b/g,
  ],
  [
    'Bug Report',
    /\b(?:bugs?|crash\w*|errors?|exceptions?|broken?|broke|fail(?:s|ed|ing|ure)?|freez\w*|glitch\w*|stack trace|(?:doesn't|does not|isn't|not|stopped) work(?:ing)?|blank (?:page|screen)|wrong result)\b/g,
  ],
  [
    'Feature Request',
    /\b(?:feature(?: request)?s?|suggest\w*|would be (?:nice|great|helpful)|wish|could you add|please add|can you add|support for|enhancement|improvement|idea)\b/g,
  ],
  [
    'Technical Support',
    /\b(?:how (?:do|can|to)|install\w*|configur\w*|set ?up|setup|connect\w*|integrat\w*|api|webhooks?|slow|import\w*|export\w*|upgrad\w*)\b/g,
  ],
]

const categoryDefault: TicketCategory = 'Technical Support'

/** That of which the most different words are there: one that is said ten times is still one. */
function categoryOf(text: string): TicketCategory {
  let best: TicketCategory = categoryDefault
  let most = 0
  for (const [category, signs] of categorySigns) {
    const count = new Set(text.match(signs)).size
    if (count > most) [best, most] = [category, count]
  }
  return best
}

/** "Not urgent" says the opposite of "urgent". */
const denied =
  /\b(?:not|isn't|no|never|nothing|without)(?: (?:that|so|very|really|an?|particularly))? (?:urgen\w+|critical|emergency|hurry|rush|important|problem)\b/g
const prioritySigns: readonly [TicketPriority, RegExp][] = [
  [
    'urgent',
    /\b(?:urgent(?:ly)?|asap|as soon as possible|immediately|right now|emergency|critical|outage|(?:is|are|went) down|production|data loss|lost (?:all|our|my) data|hacked|security (?:breach|incident)|breach(?:ed)?|stolen|fraud)\b/,
  ],
  [
    'high',
    /\b(?:can't|cannot|can not|unable to|blocked|blocking|broken|crash\w*|locked out|stopped working|charged twice|double charge\w*|all (?:of )?(?:our|my) (?:users|customers|team)|important|deadline|today)\b/,
  ],
  [
    'low',
    /\b(?:minor|typo|cosmetic|small thing|just (?:wondering|curious)|whenever|nice to have|suggest\w*|wish|idea|feature request|low priority)\b/,
  ],
]

const priorityDefault: TicketPriority = 'medium'

/** The most pressing that anything speaks for. */
function priorityOf(text: string): TicketPriority {
  const isDenied = text.search(denied) !== -1
  const said = text.replaceAll(denied, ' ')
  const found = prioritySigns.find(([, signs]) => signs.test(said))?.[0]
  return found ?? (isDenied ? 'low' : priorityDefault)
}
