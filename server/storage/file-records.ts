/** What is known about files: attachments and their blobs. */
import { ParleyError, notFound } from '../conversation/errors.ts'
import type { FileRecords, UploadedFile } from '../files/records.ts'
import {
  deleteUnclaimedAttachments,
  insertUploadedAttachment,
  selectFile,
  updateUploadedAttachment,
} from './attachments.ts'
import {
  abandonBlobs,
  deleteMarkedBlobs,
  linkBlobs,
  markOrphanedBlobs,
  reserveBlob,
  unlinkBlobs,
} from './blobs.ts'
import type { LinkedBlob } from './blobs.ts'
import { engineScope, userScope } from './database.ts'
import type { Database, Run } from './database.ts'
import { uuidOf } from './store.ts'
import { insertOwners } from './tenants.ts'

export function createFileRecords(database: Database): FileRecords {
  return { ...ownersMethods(database), ...sweepMethods(database) }
}

type SweepMethods = Pick<FileRecords, 'markOrphans' | 'forget' | 'deleteUnclaimed'>

function ownersMethods(database: Database): Omit<FileRecords, keyof SweepMethods> {
  return {
    async find(owner, fileId) {
      const [file] = await database.once(userScope(owner), [selectFile(owner, uuidOf('Attachment', fileId))])
      if (file === undefined) throw notFound('Attachment', fileId)
      return file
    },
    async reserve(owner, key, limits) {
      const [outcome] = await database.once(userScope(owner), [reserveBlob(owner, key, limits)])
      return outcome
    },
    async complete(owner, file, { create }) {
      const attachmentId = uuidOf('Attachment', file.id)
      const blobs = blobsOf(file)
      await database.transaction(userScope(owner), async (run) => {
        if (create) await run(...insertOwners([owner]), insertUploadedAttachment(owner, attachmentId, file))
        else {
          const [updated] = await run(updateUploadedAttachment(owner, attachmentId, file))
          if (!updated) throw await refusal(run, owner, file.id)
        }
        const [, count] = await run(unlinkBlobs(owner, attachmentId), linkBlobs(owner, attachmentId, blobs))
        if (count !== blobs.length) {
          throw new ParleyError('unavailable', 'The upload took too long.', { retryable: true })
        }
      })
    },
    async unlink(owner, fileId) {
      const [keys] = await database.once(userScope(owner), [unlinkBlobs(owner, uuidOf('Attachment', fileId))])
      return keys
    },
    async abandon(owner, keys) {
      const [abandoned] = await database.once(userScope(owner), [abandonBlobs(owner, keys)])
      return abandoned
    },
  }
}

function sweepMethods(database: Database): SweepMethods {
  return {
    async markOrphans(graceSeconds, limit) {
      const [keys] = await database.once(engineScope, [markOrphanedBlobs(graceSeconds, limit)])
      return keys
    },
    async forget(keys) {
      if (keys.length > 0) await database.once(engineScope, [deleteMarkedBlobs(keys)])
    },
    async deleteUnclaimed(seconds) {
      const [count] = await database.once(engineScope, [deleteUnclaimedAttachments(seconds)])
      return count
    },
  }
}

/** There is none, or it has been claimed. */
async function refusal(
  run: Run,
  owner: Parameters<typeof userScope>[0],
  fileId: string,
): Promise<ParleyError> {
  const [file] = await run(selectFile(owner, uuidOf('Attachment', fileId)))
  return file === undefined
    ? notFound('Attachment', fileId)
    : new ParleyError('wrong_state', 'This file belongs to a message already.')
}

function blobsOf({ content, preview }: UploadedFile): LinkedBlob[] {
  const own: LinkedBlob = { ...content, purpose: 'content' }
  return preview === null ? [own] : [own, { ...preview, purpose: 'preview' }]
}
