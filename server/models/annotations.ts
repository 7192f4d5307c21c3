/** Citations as the upstreams write them, as annotations of ours. */
import type { Annotation } from '../conversation/items.ts'
import { isRecord } from './upstream-errors.ts'

/**
 * `{ type: "url_citation", url, title, end_index }`, in chat completions one level deeper. Undefined for anything else.
 * `textStart` is where the annotated part begins in the whole answer, in UTF-16 code units.
 */
export function urlAnnotation(value: Record<string, unknown>, textStart = 0): Annotation | undefined {
  if (value['type'] !== 'url_citation') return undefined
  const citation = isRecord(value['url_citation']) ? value['url_citation'] : value
  const { url, title, end_index: index } = citation
  if (typeof url !== 'string' || !/^https?:\/\//i.test(url)) return undefined
  return {
    type: 'annotation',
    source: { type: 'url', url, title: typeof title === 'string' && title !== '' ? title : url },
    ...position(index, textStart),
  }
}

/** `{ type: "file_citation", filename, index }`. Undefined for anything else. */
export function fileAnnotation(value: Record<string, unknown>, textStart = 0): Annotation | undefined {
  if (value['type'] !== 'file_citation' && value['type'] !== 'container_file_citation') return undefined
  const { filename, index, end_index: endIndex } = value
  if (typeof filename !== 'string' || filename === '') return undefined
  return {
    type: 'annotation',
    source: { type: 'file', filename, title: filename },
    ...position(endIndex ?? index, textStart),
  }
}

function position(index: unknown, textStart: number): { index?: number } {
  return typeof index === 'number' && Number.isSafeInteger(index) && index >= 0
    ? { index: textStart + index }
    : {}
}
