import type { TaskStore, UserTask } from '../agents/tasks.ts'
import { ParleyError } from '../conversation/errors.ts'
import { createId, decodeId, encodeId } from '../conversation/ids.ts'
import { cleanText, cutText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import { statement, userScope } from './database.ts'
import type { Database, Statement } from './database.ts'
import { insertOwners } from './tenants.ts'

/** Of one user. As `agents/tasks.ts` says it. */
const tasksMax = 500

export function createTaskStore(database: Database): TaskStore {
  return {
    async list(owner) {
      const [tasks] = await database.once(userScope(owner), [selectTasks(owner)])
      return tasks
    },
    async add(owner, title) {
      const uuid = uuidOf(createId('tsk'))
      const [, , task] = await database.once(userScope(owner), [
        ...insertOwners([owner]),
        insertTask(owner, uuid, title),
      ])
      if (task !== null) return task
      throw new ParleyError(
        'wrong_state',
        `A list has at most ${tasksMax} tasks (tasksMax). Delete some first.`,
      )
    },
    async change(owner, taskId, changes) {
      const [task] = await database.once(userScope(owner), [updateTask(owner, uuidOf(taskId), changes)])
      return task ?? Promise.reject(notFound(taskId))
    },
    async remove(owner, taskId) {
      const [removed] = await database.once(userScope(owner), [deleteTask(owner, uuidOf(taskId))])
      if (!removed) throw notFound(taskId)
    },
  }
}

/** Throws `not_found` for an id that is none of ours: it names nothing. */
function uuidOf(taskId: string): string {
  const uuid = decodeId('tsk', taskId)
  if (uuid === null) throw notFound(taskId)
  return uuid
}

function notFound(taskId: string): ParleyError {
  return new ParleyError('not_found', `There is no task “${cutText(cleanText(taskId), 80)}” (any more).`)
}

interface TaskRow {
  id: string
  title: string
  done: boolean
  created_at: Date
}

const columns = 'id, title, done, created_at'

function selectTasks(owner: Owner): Statement<UserTask[]> {
  return statement<TaskRow, UserTask[]>(
    `select ${columns} from tasks where tenant_id = $1 and user_id = $2
     order by done, position, id limit ${tasksMax}`,
    [owner.tenantId, owner.userId],
    (rows) => rows.map(taskOf),
  )
}

/** Null when the list is full. */
function insertTask(owner: Owner, uuid: string, title: string): Statement<UserTask | null> {
  return statement<TaskRow, UserTask | null>(
    `insert into tasks (id, tenant_id, user_id, title, position)
     select $3, $1, $2, $4, coalesce(max(position), 0) + 1 from tasks
     where tenant_id = $1 and user_id = $2
     having count(*) < ${tasksMax}
     returning ${columns}`,
    [owner.tenantId, owner.userId, uuid, cleanText(title)],
    ([row]) => (row === undefined ? null : taskOf(row)),
  )
}

function updateTask(
  owner: Owner,
  uuid: string,
  { title, done }: { title?: string; done?: boolean },
): Statement<UserTask | null> {
  return statement<TaskRow, UserTask | null>(
    `update tasks set title = coalesce($4::text, title), done = coalesce($5::boolean, done)
     where id = $3 and tenant_id = $1 and user_id = $2
     returning ${columns}`,
    [owner.tenantId, owner.userId, uuid, title === undefined ? null : cleanText(title), done ?? null],
    ([row]) => (row === undefined ? null : taskOf(row)),
  )
}

function deleteTask(owner: Owner, uuid: string): Statement<boolean> {
  return statement(
    'delete from tasks where id = $3 and tenant_id = $1 and user_id = $2 returning id',
    [owner.tenantId, owner.userId, uuid],
    (rows) => rows.length > 0,
  )
}

function taskOf({ id, title, done, created_at }: TaskRow): UserTask {
  return { id: encodeId('tsk', id), title, done, createdAt: created_at.toISOString() }
}
