/**
 * The mark beside an embedded database that says where its data went. It is the only thing that a move changes there.
 *
 *   no mark ─▶ serve ─── a move begins ─▶ unfinished ─ it ends ─▶ finished ─── by hand: delete the file ─▶ serve
 *                                          └───────── neither is served ─────────┘
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface MovedMark {
  /** Of the move: its target knows it, too, until the move has ended. */
  id: string
  /** `host:port/database`: no credentials. */
  to: string
  /** ISO 8601. */
  begunAt: string
  /** Null as long as it has not ended. */
  finishedAt: string | null
}

export function markPath(directory: string): string {
  return join(directory, 'moved')
}

export async function readMark(directory: string): Promise<MovedMark | null> {
  const path = markPath(directory)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  try {
    return parse(JSON.parse(text))
  } catch (error) {
    throw new Error(
      `${path} cannot be read. It says where the data beside it went; delete it to serve them.`,
      {
        cause: error,
      },
    )
  }
}

/** Whole or not at all. */
export async function writeMark(directory: string, mark: MovedMark): Promise<void> {
  const draft = `${markPath(directory)}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(mark)}\n`, { mode: 0o600 })
  await rename(draft, markPath(directory))
}

/** Throws with what to do instead, when the data of a directory have gone elsewhere, or are on their way. */
export async function refuseMoved(directory: string): Promise<void> {
  const mark = await readMark(directory)
  if (mark === null) return
  const path = markPath(directory)
  throw new Error(
    mark.finishedAt === null
      ? `A move of the data in ${directory} to ${mark.to} has begun and not ended. Run \`parley db move\` again to finish it; ` +
          `to give it up and serve what lies here, delete ${path}.`
      : `The data in ${directory} were moved to ${mark.to} (${mark.finishedAt}). Set DATABASE_URL to that database; ` +
          `to serve what lies here all the same, delete ${path}.`,
  )
}

function parse(value: unknown): MovedMark {
  if (typeof value === 'object' && value !== null && 'id' in value && 'to' in value && 'begunAt' in value) {
    const { id, to, begunAt } = value
    const finishedAt = 'finishedAt' in value ? value.finishedAt : null
    const isWhole = [id, to, begunAt].every((field) => typeof field === 'string')
    if (isWhole && (finishedAt === null || typeof finishedAt === 'string'))
      return { id: String(id), to: String(to), begunAt: String(begunAt), finishedAt }
  }
  throw new Error('This is no mark.')
}
