/** Databases that are full before anybody asks: written by SQL within minutes, past all triggers, and then tidied as autovacuum would. */
import { query } from './postgres-cluster.ts'
import { readerNames, readers, threadUuid } from './read-protocols.ts'
import type { Reader } from './read-protocols.ts'

const tenant = 'default'
const userOf = (of: Reader): string => `bench-user-${readers[of]}`

/** How much each reader has. */
export type Amounts = Readonly<Record<Reader, number>>

const owners = `
  insert into tenants (tenant_id) values ('${tenant}') on conflict do nothing;
  insert into users (tenant_id, user_id) values ${readerNames.map((of) => `('${tenant}', '${userOf(of)}')`).join(', ')}
    on conflict do nothing;`

/** What is written is sound: foreign keys need not look at each row. */
const quickly = 'set session_replication_role = replica; set synchronous_commit = off;'

/** A thread for each reader, with items of 300 characters or so. */
export async function fillItems(url: string, amounts: Amounts): Promise<void> {
  const thread = (of: Reader, count: number): string => `
    insert into threads (id, tenant_id, user_id, created_at, status, metadata, last_item_seq)
      values ('${threadUuid(of)}', '${tenant}', '${userOf(of)}', now(), 'active', '{}', ${count});
    insert into items (thread_id, tenant_id, user_id, id, type, created_at, seq, body)
      select '${threadUuid(of)}', '${tenant}', '${userOf(of)}', 'msg_' || lpad(number::text, 26, '0'),
        case number % 2 when 1 then 'user_message' else 'assistant_message' end, now(), number,
        case number % 2
          when 1 then jsonb_build_object('content', jsonb_build_array(jsonb_build_object('type', 'input_text',
            'text', repeat('question ', 34) || number)), 'attachments', '[]'::jsonb, 'inference_options', '{}'::jsonb)
          else jsonb_build_object('content', jsonb_build_array(jsonb_build_object('type', 'output_text',
            'text', repeat('answer ', 43) || number, 'annotations', '[]'::jsonb)))
        end
      from generate_series(1, ${count}) as number;`
  const threads = readerNames.map((of) => thread(of, amounts[of]))
  await query(url, `${quickly} ${owners} ${threads.join('\n')}`)
  await tidy(url, ['threads', 'items'])
}

/** Threads for each reader. */
export async function fillThreads(url: string, amounts: Amounts): Promise<void> {
  const ofUser = (of: Reader, count: number): string => `
    insert into threads (id, tenant_id, user_id, created_at, title, status, metadata)
      select gen_random_uuid(), '${tenant}', '${userOf(of)}', now(), 'Thread ' || number, 'active', '{}'
      from generate_series(1, ${count}) as number;`
  const threads = readerNames.map((of) => ofUser(of, amounts[of]))
  await query(url, `${quickly} ${owners} ${threads.join('\n')}`)
  await tidy(url, ['threads'])
}

const wordsMax = 40_000
const sentencesMax = 100_000
const wordsPerSentence = 20
const sentencesPerPassage = 3
const passagesPerDocument = 20

/**
 * A book of `passages` passages of 60 words, common and rare ones as in a language: the words' numbers are those of a power law,
 * and `bench_words` keeps which word has which. What the writer of books counts is counted here at the end, all at once.
 */
export async function fillBook(url: string, passages: number): Promise<void> {
  const sentences = Math.min(sentencesMax, passages)
  const words = Math.min(wordsMax, passages * wordsPerSentence)
  const steps = [
    `create table bench_words as select number, translate(md5(number::text), '0123456789', 'ghijklmnop') as word
       from generate_series(0, ${words - 1}) as number`,
    `update bench_words set word = left(word, 5 + number % 6)`,
    `delete from bench_words as one using bench_words as other where one.word = other.word and one.number > other.number`,
    `create unique index on bench_words (number)`,
    // By a join: a subselect that depends on nothing would be asked once for all of them.
    `create table bench_sentences as
       select sentence, string_agg(word, ' ') as text
       from (
         select sentence, floor(${words} * power(random(), 4))::integer as number
         from generate_series(0, ${sentences - 1}) as sentence, generate_series(1, ${wordsPerSentence})
       ) as drawn join bench_words using (number)
       group by sentence`,
    `create unique index on bench_sentences (sentence)`,
    `drop index passages_vector; drop index passages_heading; drop index passages_lesson`,
    `insert into books (tenant_id, book, passages) values ('${tenant}', 'book', ${passages})`,
    `insert into documents (tenant_id, book, path, page, chapter, lesson, title, checksum)
       select '${tenant}', 'book', format('%s/%s.md', number / 50, number), format('%s/%s', number / 50, number),
         (number / 50)::text, number::text, 'Lesson ' || number, ''
       from generate_series(0, ${Math.ceil(passages / passagesPerDocument) - 1}) as number`,
    `insert into passages (tenant_id, book, chapter, lesson, path, position, title, heading, text)
       select '${tenant}', 'book', (document / 50)::text, document::text, format('%s/%s.md', document / 50, document),
         position, 'Lesson ' || document, 'Part ' || position, text
       from (
         select number / ${passagesPerDocument} as document, number % ${passagesPerDocument} + 1 as position,
           string_agg(sentences.text, ' ') as text
         from (
           select number, floor(${sentences} * random())::integer as sentence
           from generate_series(0, ${passages - 1}) as number, generate_series(1, ${sentencesPerPassage})
         ) as drawn join bench_sentences as sentences using (sentence)
         group by number
       ) as made`,
    `create index passages_lesson on passages (tenant_id, book, chapter, lesson)`,
    `create index passages_vector on passages using gin (vector) with (fastupdate = off)`,
    `create index passages_heading on passages using gin (heading_vector) with (fastupdate = off)`,
    `insert into book_words (tenant_id, book, lexeme, passages)
       select '${tenant}', 'book', word, ndoc from ts_stat('select vector from passages')`,
    `insert into book_trigrams (tenant_id, book, trigram, lexeme)
       select distinct '${tenant}', 'book', substr('  ' || lexeme || ' ', place, 3), lexeme
       from book_words, generate_series(1, char_length(lexeme) + 1) as place
       where lexeme ~ '^[a-z]+$'`,
  ]
  await query(url, `${owners}`)
  for (const step of steps) await query(url, `${quickly} set maintenance_work_mem = '512MB'; ${step}`)
  await tidy(url, ['documents', 'passages', 'book_words', 'book_trigrams'])
}

async function tidy(url: string, tables: readonly string[]): Promise<void> {
  for (const table of tables) await query(url, `vacuum (analyze) ${table}`)
  await query(url, 'checkpoint')
}
