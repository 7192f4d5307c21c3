/**
 * Finding passages, in three short round trips:
 *
 *   in the user's name      the query's lexemes, how many passages have each, and the nearest words of those that none has
 *   in the engine's name    ids and scores by the text indexes, which row level security would keep from being used
 *   in the user's name      what those passages say
 *
 * Ranking every passage that has one of five common words takes a second at 100,000 passages. So only those are ranked that
 * have one of the rarest words, all of them, or one in their heading: at most `candidatesMax` of each kind.
 */
import type { BookPassage, BookPlace, BookScope, BookSearch, PageAddress } from '../knowledge/books.ts'
import { cleanText, cutText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import { command, engineScope, statement, userScope } from './database.ts'
import type { Database, Statement } from './database.ts'

const queryLengthMax = 2_000
const lexemesMax = 24
const nearestMax = 3
/** Of two words' trigrams, the share that both have (Dice). `pyhton` and `python` share 0.43. */
const similarityMin = 0.4
const candidatesMax = 1_000
/** In passages. A smaller book is looked through passage by passage. */
const smallBookMax = 2_000
/** The least share of what the query asks for, weighed by rarity, that a passage must hold. As in `knowledge/search.ts`. */
const coverageMin = 0.3
const foundMax = 50

export function createBookSearch(database: Database): BookSearch {
  return {
    async find(owner, query, scope, limit) {
      const asked = cutText(cleanText(query), queryLengthMax)
      const [passageCount, words] = await database.once(userScope(owner), [
        selectPassageCount(owner, scope.book),
        selectWords(owner, scope.book, asked),
      ])
      const plan = planOf(words, passageCount)
      if (plan === null) return []
      const [, , found] = await database.once(engineScope, [
        // Local to this transaction: elsewhere both are off (decisions/0002).
        command('set local enable_bitmapscan = on'),
        command('set local plan_cache_mode = force_custom_plan'),
        selectFound(owner, scope, plan, Math.min(limit, foundMax)),
      ])
      if (found.length === 0) return []
      const [passages] = await database.once(userScope(owner), [selectPassages(owner, scope.book, found)])
      return passages
    },
    async place(owner, book, page) {
      const [byPage, byLesson] = await database.once(userScope(owner), [
        selectDocumentOfPage(owner, book, page.pagePath ?? ''),
        selectDocumentOfLesson(owner, book, page),
      ])
      return byPage ?? byLesson
    },
  }
}

/** A word of the query as the book has it. */
export interface FoundWord {
  /** The lexeme of the query that it stands for. */
  wanted: string
  /** The book's; null when it has nothing like it. */
  lexeme: string | null
  /** How many passages have it. */
  passages: number
  /** 1 for the word itself. */
  similarity: number
}

export interface SearchPlan {
  /** Full text queries, in the words of Postgres: those whose passages are candidates. */
  anyRare: string
  all: string
  any: string
  /** What each word adds to a passage's score. */
  words: { query: string; weight: number }[]
  weightMin: number
  /** Whether the text indexes are worth reading: they hold the words of all books. */
  isLarge: boolean
}

/** Null when the book has none of the words. */
export function planOf(words: readonly FoundWord[], passageCount: number): SearchPlan | null {
  const rarity = (passages: number): number =>
    Math.log(1 + (passageCount - passages + 0.5) / (passages + 0.5))
  const weighed = words.flatMap(({ wanted, lexeme, passages, similarity }) =>
    lexeme === null
      ? []
      : [
          {
            wanted,
            query: quoteLexeme(lexeme),
            passages,
            weight: Math.max(0.01, rarity(passages)) * similarity,
          },
        ],
  )
  if (weighed.length === 0) return null
  const byRarity = weighed.toSorted((one, other) => one.passages - other.passages)
  let sum = 0
  const rare = byRarity.filter(({ passages }, index) => {
    sum += passages
    return index === 0 || sum <= candidatesMax
  })
  const wantedWords = [...new Set(words.map(({ wanted }) => wanted))]
  const alternatives = wantedWords
    .map((wanted) => weighed.filter((word) => word.wanted === wanted).map(({ query }) => query))
    .filter((queries) => queries.length > 0)
  // A word that the book has nothing like says as much as one that is in a single passage.
  const wantedWeight = wantedWords.reduce((total, wanted) => {
    const counts = words
      .filter((word) => word.wanted === wanted && word.lexeme !== null)
      .map(({ passages }) => passages)
    return total + Math.max(0.01, rarity(counts.length === 0 ? 1 : Math.min(...counts)))
  }, 0)
  return {
    anyRare: rare.map(({ query }) => query).join(' | '),
    all: alternatives.map((queries) => `(${queries.join(' | ')})`).join(' & '),
    any: weighed.map(({ query }) => query).join(' | '),
    words: weighed.map(({ query, weight }) => ({ query, weight })),
    weightMin: coverageMin * wantedWeight,
    isLarge: passageCount > smallBookMax,
  }
}

/** As a `tsquery` wants a word that may hold anything: in quotes, with quotes and backslashes doubled. */
function quoteLexeme(lexeme: string): string {
  return `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function selectPassageCount(owner: Owner, book: string): Statement<number> {
  return statement<{ passages: number }, number>(
    'select passages from books where tenant_id = $1 and book = $2',
    [owner.tenantId, book],
    ([row]) => row?.passages ?? 0,
  )
}

/**
 * `to_tsvector` takes any text for what it is: nothing in a query is an operator. Each `offset 0` keeps its select apart, so that it
 * is asked for one word by the whole index: without statistics the planner would rather read all words of the book.
 */
export function selectWords(owner: Owner, book: string, query: string): Statement<FoundWord[]> {
  return statement<FoundWord, FoundWord[]>(
    `with asked as materialized (
       select lexeme as wanted from unnest(to_tsvector('pg_catalog.english', $3))
       order by positions[1] limit ${lexemesMax}
     ),
     known as materialized (
       select wanted, own.passages from asked left join lateral (
         select passages from book_words where tenant_id = $1 and book = $2 and lexeme = wanted offset 0
       ) as own on true
     )
     select wanted, wanted as lexeme, passages, 1::float8 as similarity from known where passages is not null
     union all
     select wanted, nearest.lexeme, coalesce(nearest.passages, 0), coalesce(nearest.similarity, 0)
     from known left join lateral (
       select alike.lexeme, own.passages, alike.similarity
       from (
         select lexeme, 2 * count(*)::float8 / (char_length(lexeme) + char_length(wanted) + 2) as similarity
         from (
           select distinct substr('  ' || wanted || ' ', place, 3) as piece
           from generate_series(1, least(char_length(wanted), 40) + 1) as place
         ) as pieces cross join lateral (
           select lexeme from book_trigrams where tenant_id = $1 and book = $2 and trigram = piece offset 0
         ) as sharing
         where left(lexeme, 1) = left(wanted, 1)
         group by lexeme
         order by similarity desc, lexeme
         limit ${nearestMax}
       ) as alike cross join lateral (
         select passages from book_words where tenant_id = $1 and book = $2 and lexeme = alike.lexeme offset 0
       ) as own
       where similarity >= ${similarityMin}
     ) as nearest on true
     where known.passages is null`,
    [owner.tenantId, book, query],
    (rows) => [...rows],
  )
}

/** A comparison that no index knows: without statistics (PGlite keeps none) the planner takes any other index for a text one. */
const ownBook = 'tenant_id is not distinct from $1 and book is not distinct from $2'

/** Which passages come into question. Of a large book they are found by their words, else by their place. */
function scopeCondition({ chapter, lesson, path }: BookScope, isLarge: boolean): string {
  const book = 'tenant_id = $1 and book = $2'
  if (path !== undefined) return `${book} and path = ($3::text[])[3]`
  if (chapter === undefined) return isLarge ? ownBook : book
  const inLesson = lesson === undefined ? '' : ' and lesson = ($3::text[])[2]'
  return `${book} and chapter = ($3::text[])[1]${inLesson}`
}

interface Found {
  id: string
  score: number
}

export function selectFound(
  owner: Owner,
  scope: BookScope,
  plan: SearchPlan,
  limit: number,
): Statement<Found[]> {
  const within = scopeCondition(scope, plan.isLarge)
  return statement<Found, Found[]>(
    `with candidates as materialized (
       (select id from passages where ${within} and vector @@ $4::tsquery limit ${candidatesMax})
       union
       (select id from passages where ${within} and vector @@ $5::tsquery limit ${candidatesMax})
       union
       (select id from passages where ${within} and heading_vector @@ $6::tsquery limit ${candidatesMax})
     ),
     asked as materialized (
       select query::tsquery, weight from unnest($7::text[], $8::float8[]) as given (query, weight)
     ),
     weighed as (
       select id, ts_rank_cd(vector, $6::tsquery, 33) as nearness, (
         select sum(weight) from asked where passages.vector @@ asked.query
       ) as held, (
         select sum(weight) from asked where passages.heading_vector @@ asked.query
       ) as headed
       from candidates join passages using (id)
       where ${ownBook}
     )
     select id, held + 2 * coalesce(headed, 0) + nearness as score from weighed
     where $3::text[] is not null and held >= $9
     order by score desc, id
     limit $10`,
    [
      owner.tenantId,
      scope.book,
      [scope.chapter ?? null, scope.lesson ?? null, scope.path ?? null],
      plan.anyRare,
      plan.all,
      plan.any,
      plan.words.map(({ query }) => query),
      plan.words.map(({ weight }) => weight),
      plan.weightMin,
      limit,
    ],
    (rows) => [...rows],
  )
}

interface PassageRow {
  id: string
  chapter: string | null
  lesson: string | null
  path: string
  position: number
  title: string
  heading: string
  text: string
  url: string | null
}

function selectPassages(owner: Owner, book: string, found: readonly Found[]): Statement<BookPassage[]> {
  return statement<PassageRow, BookPassage[]>(
    `select passage.* from unnest($3::uuid[]) as found (id) cross join lateral (
       select id, chapter, lesson, path, position, title, heading, text, url from passages
       where passages.id = found.id and ${ownBook} offset 0
     ) as passage`,
    [owner.tenantId, book, found.map(({ id }) => id)],
    (rows) => {
      const byId = new Map(rows.map((row) => [row.id, row]))
      return found.flatMap(({ id, score }) => {
        const row = byId.get(id)
        return row === undefined ? [] : [passageOf(row, book, score)]
      })
    },
  )
}

function passageOf(row: PassageRow, book: string, score: number): BookPassage {
  const { chapter, lesson, path, position, title, heading, text, url } = row
  return {
    id: `${path}:${position}`,
    book,
    ...(chapter === null ? {} : { chapter }),
    ...(lesson === null ? {} : { lesson }),
    path,
    title,
    heading,
    text,
    ...(url === null ? {} : { url }),
    score,
  }
}

interface DocumentRow {
  path: string
  title: string
  chapter: string | null
  lesson: string | null
}

function selectDocumentOfPage(owner: Owner, book: string, pagePath: string): Statement<BookPlace | null> {
  return statement<DocumentRow, BookPlace | null>(
    `select path, title, chapter, lesson from documents
     where tenant_id = $1 and book = $2 and page = any($3::text[])
     order by char_length(page) desc, path limit 1`,
    [owner.tenantId, book, endsOf(pagePath)],
    ([row]) => (row === undefined ? null : placeOf(row)),
  )
}

function selectDocumentOfLesson(
  owner: Owner,
  book: string,
  { chapter, lesson }: PageAddress,
): Statement<BookPlace | null> {
  return statement<DocumentRow, BookPlace | null>(
    `select path, title, chapter, lesson from documents
     where tenant_id = $1 and book = $2 and chapter = $3 and ($4::text is null or lesson = $4)
     order by path limit 1`,
    [owner.tenantId, book, cleanText(chapter ?? ''), lesson === undefined ? null : cleanText(lesson)],
    ([row]) => {
      if (row === undefined) return null
      const place = placeOf(row)
      if (lesson !== undefined || place.chapter === undefined) return place
      return { chapter: place.chapter }
    },
  )
}

function placeOf({ path, title, chapter, lesson }: DocumentRow): BookPlace {
  return {
    path,
    title,
    ...(chapter === null ? {} : { chapter }),
    ...(lesson === null ? {} : { lesson }),
  }
}

const pageStepsMax = 12

/** `/docs/a/b.html?x#y` ends with `docs/a/b`, `a/b` and `b`. */
function endsOf(pagePath: string): string[] {
  const plain = cleanText(cutText(pagePath, 1_000))
    .replace(/[?#].*$/s, '')
    .replace(/\.(?:html?|mdx?)$/, '')
  const steps = plain
    .split('/')
    .filter((step) => step !== '')
    .slice(-pageStepsMax)
  return steps.map((_, index) => steps.slice(index).join('/'))
}
