/**
 * Files of a session. One that comes before its message waits for it, and goes with the next that is sent; one that names its
 * message is added to that. Who sends none within a day has sent it for nothing: the sweep takes it.
 */
import { ParleyError, notFound } from '../../conversation/errors.ts'
import { refuseUnlessActive } from '../../conversation/threads.ts'
import type { FileUpload } from '../../files/keeper.ts'
import { encodeFile } from './encode.ts'
import { fileUrlsOf, requireKeeper } from './parts.ts'
import type { Asker, SupportParts } from './parts.ts'
import { fileBytesMax, filesMax } from './wire.ts'
import type { UploadFields, WireFile, WireSuccess } from './wire.ts'

/** Throws `FileError`s, and then nothing is left of it. */
export async function receiveFile(
  parts: SupportParts,
  { owner }: Asker,
  upload: Pick<FileUpload, 'fileId' | 'name' | 'source'>,
): Promise<void> {
  await requireKeeper(parts).receive(owner, { ...upload, fileBytesMax, create: true })
}

/** Gives a file that has been received to its session, or to a message of it. When that is not possible the file goes. */
export async function placeFile(
  parts: SupportParts,
  asker: Asker,
  fileId: string,
  { sessionId, messageId = '' }: UploadFields,
): Promise<WireFile> {
  const { store, waitingFiles } = parts
  try {
    if (messageId === '') await waitingFiles.add(asker.owner, sessionId, fileId, filesMax)
    else await addToMessage(parts, asker, fileId, { sessionId, messageId })
  } catch (error) {
    await removeFile(parts, asker, fileId)
    throw error
  }
  return encodeFile(await store.attachment(asker.owner, fileId), fileUrlsOf(parts, asker, asker.owner))
}

async function addToMessage(
  { store }: SupportParts,
  { owner }: Asker,
  fileId: string,
  { sessionId, messageId }: { sessionId: string; messageId: string },
): Promise<void> {
  await store.changeThread(owner, sessionId, async (transaction) => {
    refuseUnlessActive(transaction.thread)
    const message = await transaction.item(messageId)
    // Only the user's own words are shown to carry files, and what is hidden is not there.
    if (message?.type !== 'user_message') throw notFound('Item', messageId)
    if (message.attachments.length >= filesMax) {
      throw new ParleyError('wrong_state', `A message has at most ${filesMax} files (filesMax).`)
    }
    const claimed = await transaction.claimAttachments([fileId])
    await transaction.saveItem({ ...message, attachments: [...message.attachments, ...claimed] })
  })
}

/** Of a message, too: it goes on without. */
export async function deleteFile(parts: SupportParts, asker: Asker, fileId: string): Promise<WireSuccess> {
  const { store, waitingFiles } = parts
  await store.attachment(asker.owner, fileId)
  // Bytes first: when removing them fails, there is still somebody who can ask again.
  await requireKeeper(parts).remove(asker.owner, fileId)
  await waitingFiles.remove(asker.owner, fileId)
  return { success: true }
}

/** Of what came to nothing: whatever cannot be removed now is found by the sweep. */
export async function removeFile(parts: SupportParts, asker: Asker, fileId: string): Promise<void> {
  await deleteFile(parts, asker, fileId).catch(() => {})
}
