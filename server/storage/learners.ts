import type { LearnerPlace, LearnerProfile, Learners, VerifiedIdentity } from '../agents/learners.ts'
import { cleanText, cutText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import { command, statement, userScope } from './database.ts'
import type { Database, Statement } from './database.ts'
import { insertOwners } from './tenants.ts'

const lessonsMax = 20
const identityLengthMax = 200

export function createLearners(database: Database): Learners {
  return {
    async profile(owner) {
      const [learner, threads, lessons] = await database.once(userScope(owner), [
        selectLearner(owner),
        countThreads(owner),
        selectLessons(owner),
      ])
      return learner === null ? null : { ...learner, threads, lessons }
    },
    async vouch(owner, identity) {
      await database.once(userScope(owner), [...insertOwners([owner]), upsertLearner(owner, identity)])
    },
    async noteQuestion(owner, place) {
      await database.once(userScope(owner), [upsertLesson(owner, place)])
    },
  }
}

interface LearnerRow {
  name: string | null
  email: string | null
  created_at: Date
}

function selectLearner(owner: Owner): Statement<Pick<LearnerProfile, 'name' | 'email' | 'since'> | null> {
  return statement<LearnerRow, Pick<LearnerProfile, 'name' | 'email' | 'since'> | null>(
    'select name, email, created_at from learners where tenant_id = $1 and user_id = $2',
    [owner.tenantId, owner.userId],
    ([row]) =>
      row === undefined
        ? null
        : {
            ...(row.name === null ? {} : { name: row.name }),
            ...(row.email === null ? {} : { email: row.email }),
            since: row.created_at.toISOString(),
          },
  )
}

function countThreads(owner: Owner): Statement<number> {
  return statement<{ threads: number }, number>(
    'select count(*)::integer as threads from threads where tenant_id = $1 and user_id = $2 and seq > 0',
    [owner.tenantId, owner.userId],
    ([row]) => row?.threads ?? 0,
  )
}

interface LessonRow {
  book: string
  chapter: string
  lesson: string
  questions: number
  last_asked_at: Date
}

function selectLessons(owner: Owner): Statement<LearnerProfile['lessons']> {
  return statement<LessonRow, LearnerProfile['lessons']>(
    `select book, chapter, lesson, questions, last_asked_at from learner_lessons
     where tenant_id = $1 and user_id = $2
     order by last_asked_at desc, book, chapter, lesson limit ${lessonsMax}`,
    [owner.tenantId, owner.userId],
    (rows) =>
      rows.map(({ last_asked_at, ...lesson }) => ({ ...lesson, lastAskedAt: last_asked_at.toISOString() })),
  )
}

/** What a later credential does not say stays as it was. */
function upsertLearner(owner: Owner, { name, email }: VerifiedIdentity): Statement<void> {
  return command(
    `insert into learners (tenant_id, user_id, name, email) values ($1, $2, $3, $4)
     on conflict (tenant_id, user_id) do update
       set name = coalesce(excluded.name, learners.name), email = coalesce(excluded.email, learners.email)`,
    [owner.tenantId, owner.userId, shortened(name), shortened(email)],
  )
}

function upsertLesson(owner: Owner, { book, chapter, lesson }: LearnerPlace): Statement<void> {
  return command(
    `insert into learner_lessons (tenant_id, user_id, book, chapter, lesson)
     select tenant_id, user_id, $3, $4, $5 from learners where tenant_id = $1 and user_id = $2
     on conflict (tenant_id, user_id, book, chapter, lesson) do update
       set questions = learner_lessons.questions + 1, last_asked_at = excluded.last_asked_at`,
    [owner.tenantId, owner.userId, cleanText(book), cleanText(chapter), cleanText(lesson)],
  )
}

function shortened(text: string | undefined): string | null {
  return text === undefined ? null : cutText(cleanText(text), identityLengthMax)
}
