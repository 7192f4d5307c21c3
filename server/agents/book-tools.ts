/** The tutor's two tools, for one turn: they know who asks and where they are. */
import { ParleyError } from '../conversation/errors.ts'
import type { Json, JsonObject, Source } from '../conversation/items.ts'
import type { ServerTool } from '../conversation/model.ts'
import type { Owner } from '../conversation/threads.ts'
import type { BookPassage, BookPlace, BookScope, BookSearch } from '../knowledge/books.ts'
import type { Learners } from './learners.ts'

export interface BookToolsOptions {
  owner: Owner
  books: BookSearch
  learners: Learners
  book: string
  /** Where the learner is; null when nobody knows. */
  place: BookPlace | null
}

export interface BookTools {
  tools: ServerTool[]
  /** The passage that was given out under this number. */
  sourceOf(number: number): Source | undefined
}

const passagesMax = 5
const scopes = ['current_page', 'current_lesson', 'current_chapter', 'entire_book'] as const
type ScopeName = (typeof scopes)[number]

export function createBookTools(options: BookToolsOptions): BookTools {
  const { owner, books, learners, place, book } = options
  const found: BookPassage[] = []

  /** The same passage keeps its number, however often it is found in a turn. */
  function numberOf(passage: BookPassage): number {
    const known = found.findIndex(({ id }) => id === passage.id)
    return known === -1 ? found.push(passage) : known + 1
  }

  async function search(parameters: JsonObject): Promise<Json> {
    const { query, scope = 'entire_book' } = parameters
    if (typeof query !== 'string' || query.trim() === '')
      throw new ParleyError('invalid_request', '`query` must be a text.')
    const wanted = scopes.find((name) => name === scope)
    if (wanted === undefined)
      throw new ParleyError('invalid_request', `\`scope\` must be one of ${scopes.join(', ')}.`)
    const within = scopeOf(wanted, book, place)
    const passages = await books.find(owner, query, within ?? { book }, passagesMax)
    return {
      scope: within === null ? 'entire_book' : wanted,
      ...(within === null ? { note: `It is not known what the ${wanted.replace('_', ' ')} is.` } : {}),
      passages: passages.map((passage) => ({
        number: numberOf(passage),
        title: passage.title,
        ...(passage.heading === '' ? {} : { heading: passage.heading }),
        ...(passage.chapter === undefined ? {} : { chapter: passage.chapter }),
        ...(passage.lesson === undefined ? {} : { lesson: passage.lesson }),
        text: passage.text,
      })),
    }
  }

  return {
    tools: [
      {
        name: 'search_book_content',
        description:
          'Search the book content for relevant information. Answers with numbered passages; cite one as 【number】.',
        parameters: {
          type: 'object',
          properties: { query: { type: 'string' }, scope: { type: 'string', enum: [...scopes] } },
          required: ['query'],
        },
        run: search,
      },
      {
        name: 'get_student_profile',
        description: "Get student's learning profile and progress, as far as it is really known.",
        parameters: { type: 'object', properties: {}, required: [] },
        run: () => describeLearner(learners, owner),
      },
    ],
    sourceOf(number) {
      const passage = found[number - 1]
      return passage === undefined ? undefined : sourceOf(passage)
    },
  }
}

/** Null when it is not known where that is. */
function scopeOf(name: ScopeName, book: string, place: BookPlace | null): BookScope | null {
  if (name === 'entire_book') return { book }
  const { path, chapter, lesson } = place ?? {}
  if (name === 'current_page') return path === undefined ? null : { book, path }
  if (chapter === undefined) return null
  if (name === 'current_chapter') return { book, chapter }
  return lesson === undefined ? null : { book, chapter, lesson }
}

function sourceOf({ title, heading, url, path }: BookPassage): Source {
  const name = heading === '' ? title : `${title} › ${heading}`
  return url === undefined ? { type: 'file', filename: path, title: name } : { type: 'url', url, title: name }
}

async function describeLearner(learners: Learners, owner: Owner): Promise<Json> {
  const profile = await learners.profile(owner)
  if (profile === null)
    return { known: false, reason: 'They have not signed in, so nothing is known about them.' }
  const { name, email, since, threads, lessons } = profile
  return {
    known: true,
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    since,
    conversations: threads,
    lessons_asked_about: lessons.map(({ chapter, lesson, questions, lastAskedAt }) => ({
      chapter,
      ...(lesson === '' ? {} : { lesson }),
      questions,
      last_asked_at: lastAskedAt,
    })),
  }
}
