import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBookDocument } from '../knowledge/book-document.ts'
import type { BookDocument, BookPassage } from '../knowledge/books.ts'
import type { DatabaseKind, TestDatabase } from '../testing/databases.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import { createOwner, query } from './contract-parts.ts'
import { command, engineScope, statement, userScope } from './database.ts'
import { planOf, selectFound, selectWords } from './passages.ts'

const files: Record<string, string> = {
  '04-python/01-intro.md':
    '# Introduction to Python\n\nPython is a language.\n\n## Variables\n\nA variable names a value.\n',
  '04-python/02-async.md':
    '# Asynchronous programs\n\n## Coroutines\n\nAn `async def` function makes a coroutine; asyncio runs it.\n',
  '05-web/01-http.md': '# The web\n\n## Requests\n\nA browser asks with a request; Python can answer it.\n',
}

const documentOf = (path: string, text: string): BookDocument => createBookDocument({ path, text }, null)
const namesOf = (passages: BookPassage[]): string[] => passages.map(({ id }) => id)
const book = { book: 'book' }

for (const kind of ['pglite', 'postgres'] as DatabaseKind[]) {
  const missing = missingReason(kind)
  describe.skipIf(missing !== null)(`books on ${kind}`, () => {
    let made: TestDatabase | undefined
    beforeAll(async () => {
      made = await createTestDatabase(kind)
    })
    afterAll(() => made?.close())
    rules(() => {
      if (made === undefined) throw new Error('The database is not open yet.')
      return made
    })
  })
}

function rules(ground: () => TestDatabase): void {
  const find = (owner: ReturnType<typeof createOwner>, words: string, scope = {}) =>
    ground().storage.books.find(owner, words, { ...book, ...scope }, 5)

  async function write(tenantId: string, written: Record<string, string> = files): Promise<void> {
    for (const [path, text] of Object.entries(written)) {
      await ground().storage.bookWriter.replaceDocument(tenantId, 'book', documentOf(path, text))
    }
  }

  /** Everything that was counted, as it would be if it were counted anew. */
  async function expectTrueCounts(tenantId: string): Promise<void> {
    const scope = userScope({ tenantId, userId: '' })
    const counted = await query(
      ground().database,
      scope,
      'select lexeme, passages from book_words order by lexeme',
    )
    const anew = await query(
      ground().database,
      scope,
      `select lexeme, count(*)::integer as passages
       from passages, unnest(tsvector_to_array(vector)) as lexeme group by lexeme order by lexeme`,
    )
    expect(counted).toEqual(anew)
    const strangers = await query(
      ground().database,
      scope,
      'select lexeme from book_trigrams except select lexeme from book_words',
    )
    expect(strangers).toEqual([])
    const [sums] = await query<{ told: number; there: number }>(
      ground().database,
      scope,
      `select (select passages from books) as told, (select count(*)::integer from passages) as there`,
    )
    expect(sums?.told).toBe(sums?.there)
  }

  test('[BOOK-1] finds what a question asks for, in its forms, headings first', async () => {
    const owner = createOwner()
    await write(owner.tenantId)
    expect(namesOf(await find(owner, 'What is a variable?'))[0]).toBe('04-python/01-intro.md:2')
    expect(namesOf(await find(owner, 'running coroutines'))[0]).toBe('04-python/02-async.md:1')
    const [passage] = await find(owner, 'browsers')
    expect(passage).toMatchObject({
      id: '05-web/01-http.md:1',
      book: 'book',
      chapter: '05-web',
      lesson: '01-http',
      path: '05-web/01-http.md',
      title: 'The web',
      heading: 'Requests',
      text: 'A browser asks with a request; Python can answer it.',
    })
    expect(await find(owner, 'the weather tomorrow in the mountains')).toEqual([])
    expect(await find(owner, 'of the and')).toEqual([])
  })

  test('[BOOK-2] finds misspelt and shortened words by their trigrams, and the exact one before them', async () => {
    const owner = createOwner()
    await write(owner.tenantId)
    expect(namesOf(await find(owner, 'pyhton'))[0]).toBe('04-python/01-intro.md:1')
    expect(namesOf(await find(owner, 'asynico corotine'))[0]).toBe('04-python/02-async.md:1')
    expect(namesOf(await find(owner, 'varia'))[0]).toBe('04-python/01-intro.md:2')
  })

  test('[BOOK-3] finds within a chapter, a lesson and a document only', async () => {
    const owner = createOwner()
    await write(owner.tenantId)
    const everywhere = namesOf(await find(owner, 'python'))
    expect(new Set(everywhere.map((id) => id.split(':')[0]))).toContain('05-web/01-http.md')
    expect(namesOf(await find(owner, 'python', { chapter: '05-web' }))).toEqual(['05-web/01-http.md:1'])
    const lesson = { chapter: '04-python', lesson: '01-intro' }
    for (const id of namesOf(await find(owner, 'python', lesson))) expect(id).toMatch(/01-intro/)
    expect(namesOf(await find(owner, 'python', { path: '05-web/01-http.md' }))).toEqual([
      '05-web/01-http.md:1',
    ])
    expect(await find(owner, 'python', { chapter: '99-none' })).toEqual([])
    expect(await ground().storage.books.find(owner, 'python', { book: 'another' }, 5)).toEqual([])
  })

  test('[BOOK-4] knows the document by the end of a page’s address, and by chapter and lesson', async () => {
    const owner = createOwner()
    await write(owner.tenantId)
    const { books } = ground().storage
    const intro = {
      path: '04-python/01-intro.md',
      title: 'Introduction to Python',
      chapter: '04-python',
      lesson: '01-intro',
    }
    for (const pagePath of ['/docs/04-python/01-intro', '/04-python/01-intro.html?x=1#y']) {
      expect(await books.place(owner, 'book', { pagePath })).toEqual(intro)
    }
    const named = { pagePath: '/elsewhere', chapter: '04-python', lesson: '01-intro' }
    expect(await books.place(owner, 'book', named)).toEqual(intro)
    expect(await books.place(owner, 'book', { chapter: '04-python' })).toEqual({ chapter: '04-python' })
    expect(await books.place(owner, 'book', { pagePath: '/docs/none', chapter: 'x' })).toBeNull()
    expect(await books.place(owner, 'book', {})).toBeNull()
  })

  test('[BOOK-5] writing a document again changes nothing, another text replaces it, what is gone is not found', async () => {
    const { tenantId, ...rest } = createOwner()
    const owner = { tenantId, ...rest }
    const { bookWriter } = ground().storage
    await write(tenantId)
    const ids = await query(ground().database, userScope(owner), 'select id from passages order by id')
    for (const [path, text] of Object.entries(files)) {
      expect(await bookWriter.replaceDocument(tenantId, 'book', documentOf(path, text))).toBe('unchanged')
    }
    expect(await query(ground().database, userScope(owner), 'select id from passages order by id')).toEqual(
      ids,
    )
    const changed = documentOf('05-web/01-http.md', '# The web\n\nA crawler walks.\n')
    expect(await bookWriter.replaceDocument(tenantId, 'book', changed)).toBe('written')
    expect(await find(owner, 'browser')).toEqual([])
    expect(namesOf(await find(owner, 'crawlers'))).toEqual(['05-web/01-http.md:1'])
    await expectTrueCounts(tenantId)
    expect(await bookWriter.keepOnly(tenantId, 'book', ['05-web/01-http.md'])).toBe(2)
    expect(await find(owner, 'variable')).toEqual([])
    await expectTrueCounts(tenantId)
    expect(await bookWriter.keepOnly(tenantId, 'book', [])).toBe(1)
    await expectTrueCounts(tenantId)
  })

  test('[BOOK-6] any number of writers of one book leave what one would', async () => {
    const owner = createOwner()
    const another = await ground().openAnother()
    const variants = [files, { ...files, '05-web/01-http.md': '# The web\n\nA crawler walks.\n' }]
    await Promise.all(
      [ground().storage, another, ground().storage, another].map(async ({ bookWriter }, index) => {
        for (const [path, text] of Object.entries(variants[index % 2] ?? {})) {
          await bookWriter.replaceDocument(owner.tenantId, 'book', documentOf(path, text))
        }
        await bookWriter.keepOnly(owner.tenantId, 'book', Object.keys(files))
      }),
    )
    const rows = await query<{ path: string }>(
      ground().database,
      userScope(owner),
      'select path from documents order by path',
    )
    expect(rows.map(({ path }) => path)).toEqual(Object.keys(files))
    await expectTrueCounts(owner.tenantId)
  })

  test('[BOOK-7] a query may say anything: it is words, never an operator, and it has an end', async () => {
    const owner = createOwner()
    await write(owner.tenantId)
    const hostile = [
      `python' & !'x`,
      'python:* | <-> & ! ( ) \\ \' "',
      "'; drop table passages; --",
      '%_%',
      '***',
      'python\0 variable \ud800',
      `python ${'x'.repeat(100_000)}`,
      Array.from({ length: 5_000 }, (_, index) => `word${index}`).join(' '),
      'http://example.org/a?b=c&d=e user@example.org 1.2.3.4 a/b/c',
      '<script>alert(1)</script> ]]> </context>',
      '\u202e\u200b\ufeff',
      '',
    ]
    for (const words of hostile)
      expect(Array.isArray(await find(owner, words)), words.slice(0, 40)).toBe(true)
    expect(namesOf(await find(owner, `what's a variable' | !'python`))).toContain('04-python/01-intro.md:2')
    expect(await find(owner, '%')).toEqual([])
  })

  test('[BOOK-7] words with quotes and backslashes are found', async () => {
    const owner = createOwner()
    await write(owner.tenantId, { 'a.md': "# Paths\n\nSee C:\\temp\\o'brien and /usr/local/it's here.\n" })
    expect(await find(owner, "C:\\temp\\o'brien /usr/local/it's")).toHaveLength(1)
  })

  test('[BOOK-8] a book is read by everybody of its tenant and by nobody else, and written in nobody’s name', async () => {
    const owner = createOwner()
    const colleague = createOwner(owner.tenantId)
    const stranger = createOwner()
    await write(owner.tenantId)
    expect(await find(colleague, 'variable')).toHaveLength(1)
    expect(await find(stranger, 'variable')).toEqual([])
    expect(await ground().storage.books.place(stranger, 'book', { chapter: '04-python' })).toBeNull()
    for (const table of ['books', 'documents', 'passages', 'book_words', 'book_trigrams']) {
      const all = `select 1 from ${table}`
      expect((await query(ground().database, userScope(colleague), all)).length, table).toBeGreaterThan(0)
      expect(await query(ground().database, userScope(stranger), all), table).toEqual([])
      expect(await query(ground().database, userScope({ tenantId: '', userId: '' }), all)).toEqual([])
      for (const somebody of [colleague, stranger]) {
        const removed = `delete from ${table} returning 1`
        expect(await query(ground().database, userScope(somebody), removed), table).toEqual([])
      }
    }
    const forged = query(
      ground().database,
      userScope(owner),
      'insert into books (tenant_id, book) values ($1, $2)',
      [owner.tenantId, 'mine'],
    )
    await expect(forged).rejects.toThrow('row-level security')
    for (const column of ['text', 'heading', 'title', 'url']) {
      const seen = query(ground().database, engineScope, `select ${column} from passages`)
      await expect(seen, column).rejects.toThrow('permission denied')
    }
  })

  test('[BOOK-9] among 100,000 passages a search reads the text indexes, and ranks no more than it must', async () => {
    const owner = createOwner()
    await write(owner.tenantId)
    await fill(ground(), owner.tenantId)
    const asked = ['needle', 'common'].map((wanted) => ({
      wanted,
      lexeme: wanted,
      passages: wanted === 'common' ? 100_000 : 100,
      similarity: 1,
    }))
    const plan = planOf(asked, 100_000)
    if (plan === null) throw new Error('no plan')
    const { text, values } = selectFound(owner, book, plan, 5)
    const [, , rows] = await ground().database.once(engineScope, [
      command('set local enable_bitmapscan = on'),
      command('set local plan_cache_mode = force_custom_plan'),
      statement(`explain ${text}`, values, (all) => JSON.stringify(all)),
    ])
    expect(rows).toContain('Bitmap Index Scan on passages_vector')
    expect(rows).toContain('Bitmap Index Scan on passages_heading')
    expect(rows).toContain('Index Scan using passages_pkey')
    expect(rows).not.toMatch(/Seq Scan on passages|passages_lesson/)
    const words = selectWords(owner, 'book', 'needel')
    const [, wordRows] = await ground().database.once(userScope(owner), [
      command('set local plan_cache_mode = force_custom_plan'),
      statement(`explain ${words.text}`, words.values, (all) => JSON.stringify(all)),
    ])
    expect(wordRows).toMatch(/Index Cond: [^"]*trigram = /)
    expect(wordRows).toMatch(/Index Cond: [^"]*lexeme = /)
    expect(wordRows).not.toMatch(/Join Filter|Seq Scan on book/)
    const found = await find(owner, 'the common needle')
    expect(found).toHaveLength(5)
    for (const { text: said } of found) expect(said).toContain('needle')
    expect(await find(owner, 'common')).toHaveLength(5)
    expect(namesOf(await find(owner, 'variable', { chapter: '04-python' }))).toEqual([
      '04-python/01-intro.md:2',
    ])
  })
}

/** 100,000 passages that share some words, in one statement. */
async function fill({ database }: TestDatabase, tenantId: string): Promise<void> {
  const scope = userScope({ tenantId, userId: '' })
  await database.transaction(scope, async (run) => {
    await run(
      command(
        `insert into documents (tenant_id, book, path, page, title, checksum) values ($1, 'book', 'big.md', 'big', 'Big', 'x')`,
        [tenantId],
      ),
    )
  })
  for (let from = 1; from <= 100_000; from += 20_000) {
    await database.once(scope, [
      command(
        `insert into passages (tenant_id, book, path, position, title, heading, text)
         select $1, 'book', 'big.md', number, 'Big', '', 'Passage ' || number || ' says something common'
           || case when number % 1000 = 0 then ' about a needle' else '' end
         from generate_series($2::integer, $2::integer + 19999) as number`,
        [tenantId, from],
      ),
    ])
  }
  await database.once(scope, [
    command(
      `insert into book_words (tenant_id, book, lexeme, passages)
       values ($1, 'book', 'common', 100000), ($1, 'book', 'needl', 100)`,
      [tenantId],
    ),
    command(`update books set passages = passages + 100000 where tenant_id = $1`, [tenantId]),
  ])
}
