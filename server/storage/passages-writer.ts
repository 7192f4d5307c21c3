/** Writing a book, one document after the other. The book's row is locked, so that any number of writers take turns. */
import type { BookDocument, BookWriter } from '../knowledge/books.ts'
import { command, statement } from './database.ts'
import type { Database, Run, Scope, Statement } from './database.ts'
import { encodeJson } from './encode.ts'

const forgottenAtOnce = 20

export function createBookWriter(database: Database): BookWriter {
  return {
    replaceDocument: (tenantId, book, document) =>
      database.transaction(writerScope(tenantId), async (run) => {
        await lockBook(run, tenantId, book)
        const place = { tenantId, book, path: document.path }
        const [checksum] = await run(selectChecksum(place))
        if (checksum === document.checksum) return 'unchanged'
        const removed = await removeDocument(run, place)
        await addDocument(run, place, document, removed)
        return 'written'
      }),
    async keepOnly(tenantId, book, paths) {
      const others = await database.transaction(writerScope(tenantId), async (run) => {
        await lockBook(run, tenantId, book)
        const [gone] = await run(selectOtherPaths(tenantId, book, paths))
        return gone
      })
      for (const path of others) {
        await database.transaction(writerScope(tenantId), async (run) => {
          await lockBook(run, tenantId, book)
          const removed = await removeDocument(run, { tenantId, book, path })
          await run(addPassageCount(tenantId, book, -removed))
          await forgetWords(run, tenantId, book)
        })
      }
      return others.length
    },
  }
}

interface DocumentPlace {
  tenantId: string
  book: string
  path: string
}

/** The tenant without a user: nobody's request ever has that, and only that may write a book. */
function writerScope(tenantId: string): Scope {
  return { kind: 'user', tenantId, userId: '' }
}

async function lockBook(run: Run, tenantId: string, book: string): Promise<void> {
  await run(
    command('insert into tenants (tenant_id) values ($1) on conflict do nothing', [tenantId]),
    command('insert into books (tenant_id, book) values ($1, $2) on conflict do nothing', [tenantId, book]),
    command('select from books where tenant_id = $1 and book = $2 for update', [tenantId, book]),
  )
}

/** Resolves with how many passages went with it. */
async function removeDocument(run: Run, { tenantId, book, path }: DocumentPlace): Promise<number> {
  const [removed] = await run(
    deletePassages({ tenantId, book, path }),
    command('delete from documents where tenant_id = $1 and book = $2 and path = $3', [tenantId, book, path]),
  )
  return removed
}

async function addDocument(
  run: Run,
  place: DocumentPlace,
  document: BookDocument,
  removed: number,
): Promise<void> {
  const { tenantId, book } = place
  await run(
    insertDocument(place, document),
    insertPassages(place, document),
    insertNewWords(place),
    countWords(place),
    addPassageCount(tenantId, book, document.passages.length - removed),
  )
  if (removed > 0) await forgetWords(run, tenantId, book)
}

function selectChecksum({ tenantId, book, path }: DocumentPlace): Statement<string | null> {
  return statement<{ checksum: string }, string | null>(
    'select checksum from documents where tenant_id = $1 and book = $2 and path = $3',
    [tenantId, book, path],
    ([row]) => row?.checksum ?? null,
  )
}

function selectOtherPaths(tenantId: string, book: string, paths: string[]): Statement<string[]> {
  return statement<{ path: string }, string[]>(
    `select path from documents
     where tenant_id = $1 and book = $2 and not exists (
       select from jsonb_array_elements_text($3::jsonb) as kept where kept = documents.path
     )
     order by path`,
    [tenantId, book, encodeJson(paths)],
    (rows) => rows.map(({ path }) => path),
  )
}

/** Their words are taken off the counts. */
function deletePassages({ tenantId, book, path }: DocumentPlace): Statement<number> {
  return statement<{ removed: number }, number>(
    `with removed as (
       delete from passages where tenant_id = $1 and book = $2 and path = $3 returning vector
     ),
     counted as (
       select lexeme, count(*)::integer as passages
       from removed, unnest(tsvector_to_array(vector)) as lexeme group by lexeme
     ),
     taken as (
       insert into book_words (tenant_id, book, lexeme, passages)
       select $1, $2, lexeme, -passages from counted
       on conflict (tenant_id, book, lexeme) do update set passages = book_words.passages + excluded.passages
     )
     select count(*)::integer as removed from removed`,
    [tenantId, book, path],
    ([row]) => row?.removed ?? 0,
  )
}

function insertDocument({ tenantId, book, path }: DocumentPlace, document: BookDocument): Statement<void> {
  const { page, chapter, lesson, title, checksum } = document
  return command(
    `insert into documents (tenant_id, book, path, page, chapter, lesson, title, checksum)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [tenantId, book, path, page, chapter, lesson, title, checksum],
  )
}

function insertPassages({ tenantId, book, path }: DocumentPlace, document: BookDocument): Statement<void> {
  return command(
    `insert into passages (tenant_id, book, path, chapter, lesson, title, position, heading, url, text)
     select $1, $2, $3, $4, $5, $6, position, passage ->> 'heading', passage ->> 'url', passage ->> 'text'
     from jsonb_array_elements($7::jsonb) with ordinality as given (passage, position)`,
    [tenantId, book, path, document.chapter, document.lesson, document.title, encodeJson(document.passages)],
  )
}

const lexemesOfDocument = `
  select lexeme, count(*)::integer as passages
  from passages, unnest(tsvector_to_array(vector)) as lexeme
  where tenant_id = $1 and book = $2 and path = $3
  group by lexeme`

/** Numbers, addresses and what is very long are found as they are, and never by their trigrams. */
const looksLikeWord = `char_length(lexeme) between 4 and 32 and lexeme !~ '[0-9/:.@_]'`

function insertNewWords({ tenantId, book, path }: DocumentPlace): Statement<void> {
  return command(
    `with fresh as (
       insert into book_words (tenant_id, book, lexeme, passages)
       select $1, $2, lexeme, 0 from (${lexemesOfDocument}) as counted
       on conflict do nothing
       returning lexeme
     )
     insert into book_trigrams (tenant_id, book, trigram, lexeme)
     select distinct $1, $2, substr('  ' || lexeme || ' ', place, 3), lexeme
     from fresh, generate_series(1, char_length(lexeme) + 1) as place
     where ${looksLikeWord}`,
    [tenantId, book, path],
  )
}

/** Not as an update that joins: without statistics the planner reads all words of the book for each one, a hundred times as long. */
function countWords({ tenantId, book, path }: DocumentPlace): Statement<void> {
  return command(
    `insert into book_words (tenant_id, book, lexeme, passages)
     select $1, $2, lexeme, passages from (${lexemesOfDocument}) as counted
     on conflict (tenant_id, book, lexeme) do update set passages = book_words.passages + excluded.passages`,
    [tenantId, book, path],
  )
}

function addPassageCount(tenantId: string, book: string, more: number): Statement<void> {
  return command('update books set passages = passages + $3 where tenant_id = $1 and book = $2', [
    tenantId,
    book,
    more,
  ])
}

/** Words that the book has no more. A few at a time: each is looked for under all trigrams of its batch. */
async function forgetWords(run: Run, tenantId: string, book: string): Promise<void> {
  const [gone] = await run(deleteGoneWords(tenantId, book))
  for (let from = 0; from < gone.length; from += forgottenAtOnce) {
    const lexemes = gone.slice(from, from + forgottenAtOnce)
    await run(
      command(
        `delete from book_trigrams
         where tenant_id = $1 and book = $2 and lexeme = any($3::text[]) and trigram = any(array(
           select distinct substr('  ' || lexeme || ' ', place, 3)
           from unnest($3::text[]) as lexeme, generate_series(1, char_length(lexeme) + 1) as place
         ))`,
        [tenantId, book, lexemes],
      ),
    )
  }
}

function deleteGoneWords(tenantId: string, book: string): Statement<string[]> {
  return statement<{ lexeme: string }, string[]>(
    `with gone as (delete from book_words where tenant_id = $1 and book = $2 and passages = 0 returning lexeme)
     select lexeme from gone where ${looksLikeWord}`,
    [tenantId, book],
    (rows) => rows.map(({ lexeme }) => lexeme),
  )
}
