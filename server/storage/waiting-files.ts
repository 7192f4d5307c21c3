import { ParleyError, notFound } from '../conversation/errors.ts'
import { encodeId } from '../conversation/ids.ts'
import { refuseUnlessActive } from '../conversation/threads.ts'
import type { Owner } from '../conversation/threads.ts'
import type { WaitingFiles } from '../conversation/waiting-files.ts'
import { deleteAttachment, selectFile } from './attachments.ts'
import { command, statement, userScope } from './database.ts'
import type { Database, Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import type { Place } from './items.ts'
import { uuidOf } from './store.ts'
import { lockThread } from './threads.ts'

export function createWaitingFiles(database: Database): WaitingFiles {
  return {
    async add(owner, threadId, fileId, filesMax) {
      const place = { owner, threadId: uuidOf('Thread', threadId) }
      const attachmentId = uuidOf('Attachment', fileId)
      await database.transaction(userScope(owner), async (run, defer) => {
        const [thread, waiting, file] = await run(
          lockThread(owner, place.threadId),
          selectWaiting(place),
          selectFile(owner, attachmentId),
        )
        if (thread === undefined) throw notFound('Thread', threadId)
        refuseUnlessActive(thread)
        if (file === undefined) throw notFound('Attachment', fileId)
        if (file.isClaimed) throw new ParleyError('wrong_state', 'This file belongs to a message already.')
        if (waiting.length >= filesMax) {
          throw new ParleyError(
            'wrong_state',
            `${filesMax} files wait for the next message already (filesMax).`,
          )
        }
        defer(insertWaiting(place, attachmentId))
      })
    },
    async list(owner, threadId) {
      const place = { owner, threadId: uuidOf('Thread', threadId) }
      const [waiting] = await database.once(userScope(owner), [selectWaiting(place)])
      return waiting
    },
    async remove(owner, fileId) {
      const attachmentId = uuidOf('Attachment', fileId)
      const [, deleted] = await database.once(userScope(owner), [
        takeOutOfMessages(owner, attachmentId, fileId),
        deleteAttachment(owner, attachmentId),
      ])
      if (!deleted) throw notFound('Attachment', fileId)
    },
  }
}

function selectWaiting({ owner, threadId }: Place): Statement<string[]> {
  return statement<{ id: string }, string[]>(
    `select attachments.id from waiting_files
     join attachments on attachments.id = waiting_files.attachment_id
       and attachments.tenant_id = waiting_files.tenant_id and attachments.user_id = waiting_files.user_id
     where waiting_files.thread_id = $1 and waiting_files.tenant_id = $2 and waiting_files.user_id = $3
       and attachments.thread_id is null
     order by attachments.id`,
    [threadId, owner.tenantId, owner.userId],
    (rows) => rows.map(({ id }) => encodeId('atc', id)),
  )
}

function insertWaiting({ owner, threadId }: Place, attachmentId: string): Statement<void> {
  return command(
    `insert into waiting_files (attachment_id, tenant_id, user_id, thread_id) values ($1, $2, $3, $4)
     on conflict (attachment_id) do nothing`,
    [attachmentId, owner.tenantId, owner.userId, threadId],
  )
}

/** The attachment's own row still says in which thread it is. */
function takeOutOfMessages(owner: Owner, attachmentId: string, fileId: string): Statement<void> {
  return command(
    `update items set body = jsonb_set(body, '{attachments}', coalesce(
       (select jsonb_agg(attachment order by place)
        from jsonb_array_elements(body -> 'attachments') with ordinality as kept (attachment, place)
        where attachment ->> 'id' <> $4), '[]'))
     where tenant_id = $1 and user_id = $2
       and thread_id = (select thread_id from attachments where id = $3 and tenant_id = $1 and user_id = $2)
       and type = 'user_message' and body -> 'attachments' @> $5::jsonb`,
    [owner.tenantId, owner.userId, attachmentId, fileId, encodeJson([{ id: fileId }])],
  )
}
