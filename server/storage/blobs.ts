import type { BlobRecord, FileOwner, OwnerLimits } from '../files/records.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'

/** Also says what stands in the way. The bytes of uploads that are under way are not known yet, and not counted. */
export function reserveBlob(
  { tenantId, userId }: FileOwner,
  key: string,
  { ownerBytesMax, uploadsAtOnceMax }: OwnerLimits,
): Statement<'reserved' | 'bytes' | 'uploads'> {
  return statement<{ has_bytes: boolean; has_uploads: boolean }, 'reserved' | 'bytes' | 'uploads'>(
    `with used as (
       select coalesce(sum(bytes), 0) >= $4 as has_bytes,
         count(*) filter (where not was_linked and created_at > now() - interval '1 hour') >= $5 as has_uploads
       from blobs where tenant_id = $1 and user_id = $2 and deleting_at is null and created_at > '-infinity'
     ), reserved as (
       insert into blobs (key, tenant_id, user_id)
       select $3, $1, $2 from used where not has_bytes and not has_uploads
     )
     select has_bytes, has_uploads from used`,
    [tenantId, userId, key, ownerBytesMax, uploadsAtOnceMax],
    ([row]) => (row?.has_bytes === true ? 'bytes' : row?.has_uploads === true ? 'uploads' : 'reserved'),
  )
}

export interface LinkedBlob extends BlobRecord {
  purpose: 'content' | 'preview'
}

/** Resolves with how many: fewer, when one has been swept away. */
export function linkBlobs(
  { tenantId, userId }: FileOwner,
  attachmentId: string,
  blobs: readonly LinkedBlob[],
): Statement<number> {
  return statement(
    `update blobs
     set attachment_id = $3, was_linked = true, purpose = given.purpose, mime_type = given.mime_type,
         charset = given.charset, bytes = given.bytes, sha256 = given.sha256
     from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[])
       as given (key, purpose, mime_type, charset, bytes, sha256)
     where blobs.key = given.key and tenant_id = $1 and user_id = $2 and deleting_at is null
     returning blobs.key`,
    [
      tenantId,
      userId,
      attachmentId,
      blobs.map(({ key }) => key),
      blobs.map(({ purpose }) => purpose),
      blobs.map(({ mimeType }) => mimeType),
      blobs.map(({ charset }) => charset),
      blobs.map(({ bytes }) => bytes),
      blobs.map(({ sha256 }) => sha256),
    ],
    (rows) => rows.length,
  )
}

/** All that the attachment has; marked, so that nobody can have them again. Resolves with their keys. */
export function unlinkBlobs({ tenantId, userId }: FileOwner, attachmentId: string): Statement<string[]> {
  return statement<{ key: string }, string[]>(
    `update blobs set attachment_id = null, deleting_at = now()
     where attachment_id = $3 and tenant_id = $1 and user_id = $2
     returning key`,
    [tenantId, userId, attachmentId],
    keysOf,
  )
}

/** Those of them that are nobody's. */
export function abandonBlobs({ tenantId, userId }: FileOwner, keys: string[]): Statement<string[]> {
  return statement<{ key: string }, string[]>(
    `update blobs set deleting_at = now()
     where key = any($3::text[]) and tenant_id = $1 and user_id = $2 and attachment_id is null
     returning key`,
    [tenantId, userId, keys],
    keysOf,
  )
}

/** A blob that is marked already is somebody's work, and when that takes more than five minutes, ours. */
export function markOrphanedBlobs(graceSeconds: number, limit: number): Statement<string[]> {
  return statement<{ key: string }, string[]>(
    `update blobs set deleting_at = now()
     where key in (
       select key from blobs
       where attachment_id is null and created_at > '-infinity'
         and (was_linked or created_at < now() - make_interval(secs => $1))
         and (deleting_at is null or deleting_at < now() - make_interval(secs => least($1, 300)))
       order by created_at
       limit $2
       for update skip locked
     )
     returning key`,
    [graceSeconds, limit],
    keysOf,
  )
}

export function deleteMarkedBlobs(keys: string[]): Statement<void> {
  return command('delete from blobs where key = any($1::text[]) and deleting_at is not null', [keys])
}

function keysOf(rows: readonly { key: string }[]): string[] {
  return rows.map((row) => row.key)
}
