import { encodeId } from '../conversation/ids.ts'
import type { Attachment } from '../conversation/items.ts'
import { cleanText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'

interface AttachmentRow {
  id: string
  thread_id: string | null
  type: Attachment['type']
  name: string
  mime_type: string
  body: object
}

const columns = 'id, thread_id, type, name, mime_type, body'

export function insertAttachment(
  owner: Owner,
  attachmentId: string,
  threadId: string | null,
  attachment: Attachment,
): Statement<void> {
  const { id: _id, thread_id: _thread, type, name, mime_type, ...body } = attachment
  return command(
    `insert into attachments (id, tenant_id, user_id, thread_id, type, name, mime_type, body)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
    [
      attachmentId,
      owner.tenantId,
      owner.userId,
      threadId,
      type,
      cleanText(name),
      cleanText(mime_type),
      encodeJson(body),
    ],
  )
}

export function selectAttachment(owner: Owner, attachmentId: string): Statement<Attachment | undefined> {
  return statement<AttachmentRow, Attachment | undefined>(
    `select ${columns} from attachments where id = $1 and tenant_id = $2 and user_id = $3`,
    [attachmentId, owner.tenantId, owner.userId],
    ([row]) => (row === undefined ? undefined : attachmentOf(row)),
  )
}

export function deleteAttachment(owner: Owner, attachmentId: string): Statement<boolean> {
  return statement(
    'delete from attachments where id = $1 and tenant_id = $2 and user_id = $3 returning id',
    [attachmentId, owner.tenantId, owner.userId],
    (rows) => rows.length > 0,
  )
}

/** Those the owner has, in no particular order. */
export function claimAttachments(
  owner: Owner,
  threadId: string,
  attachmentIds: string[],
): Statement<Attachment[]> {
  return statement<AttachmentRow, Attachment[]>(
    `update attachments set thread_id = $3
     where id = any($4::uuid[]) and tenant_id = $1 and user_id = $2
     returning ${columns}`,
    [owner.tenantId, owner.userId, threadId, attachmentIds],
    (rows) => rows.map(attachmentOf),
  )
}

/** The columns and the body are what `insertAttachment` took apart. */
function attachmentOf(row: AttachmentRow): Attachment {
  return {
    ...row.body,
    id: encodeId('atc', row.id),
    type: row.type,
    name: row.name,
    mime_type: row.mime_type,
    ...(row.thread_id === null ? {} : { thread_id: encodeId('thr', row.thread_id) }),
  } as Attachment
}
