/** A Markdown file as a document of a book: where it belongs, and its passages. */
import { createHash } from 'node:crypto'
import { ParleyError } from '../conversation/errors.ts'
import { cleanText, cutText } from '../conversation/text.ts'
import type { BookDocument } from './books.ts'
import { readFrontMatter } from './front-matter.ts'
import { splitDocument } from './passages.ts'

/** Changes when the same file would be stored differently, so that every file is written again. */
const formatVersion = 1
const headingLengthMax = 500
const keys = ['title', 'chapter', 'lesson', 'url'] as const

export interface BookFile {
  /** Within the book's folder, with `/` between its steps. */
  path: string
  text: string
}

/**
 * `04-python/01-intro.md` is the lesson `01-intro` of the chapter `04-python`, unless the front matter says otherwise; what lies
 * deeper belongs to the chapter and the lesson of its first two steps. `chapter-` and `lesson-` before a name are not part of it.
 * `index` and `README` are their folder's own page.
 * @param baseUrl Where the book's pages can be read; without it, only documents with a `url` of their own have one.
 */
export function createBookDocument(file: BookFile, baseUrl: string | null): BookDocument {
  const { values, text } = readFrontMatter(cleanText(file.text), keys)
  const page = pageOf(file.path)
  const steps = page.split('/')
  const isIndex = page !== withoutEnding(file.path)
  const folderDepth = isIndex ? steps.length : steps.length - 1
  const chapter = values.get('chapter') ?? (folderDepth > 0 ? nameOf(steps[0], 'chapter') : null)
  const lesson = values.get('lesson') ?? (steps.length > 1 ? nameOf(steps[1], 'lesson') : null)
  const url = urlOf(values.get('url')) ?? (baseUrl === null ? undefined : joinUrl(baseUrl, page))
  const title = values.get('title')
  const passages = splitDocument({
    path: file.path,
    // Behind a line of its own, a ruler at its beginning is no second front matter.
    text: `\n${text}`,
    ...(title === undefined ? {} : { title }),
    ...(url === undefined ? {} : { url }),
  })
  const fallback = title ?? steps.at(-1) ?? file.path
  return {
    path: file.path,
    page,
    chapter,
    lesson: chapter === null ? null : lesson,
    title: cutText(passages[0]?.title ?? fallback, headingLengthMax),
    checksum: checksumOf([String(formatVersion), file.path, baseUrl ?? '', file.text]),
    passages: passages.map((passage) => ({
      heading: cutText(passage.headings.join(' › '), headingLengthMax),
      url: passage.url ?? null,
      text: passage.text,
    })),
  }
}

/** What the address of its page ends with. */
function pageOf(path: string): string {
  const plain = withoutEnding(path)
  return plain.replace(/(^|\/)(?:index|readme)$/i, '') || plain
}

function withoutEnding(path: string): string {
  return path.replace(/\.md$/i, '')
}

function nameOf(step: string | undefined, kind: 'chapter' | 'lesson'): string | null {
  return step?.replace(new RegExp(`^${kind}[-_](?=.)`, 'i'), '') ?? null
}

function urlOf(written: string | undefined): string | undefined {
  if (written === undefined || /^https?:\/\//i.test(written)) return written
  throw new ParleyError('invalid_request', 'The front matter’s `url` must begin with http:// or https://.')
}

function joinUrl(baseUrl: string, page: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/${page.split('/').map(encodeURIComponent).join('/')}`
}

function checksumOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
