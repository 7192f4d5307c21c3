/**
 * The end of a growing text, as it will most likely turn out: an emphasis, a code span or a link that has begun
 * is closed, so that nobody sees asterisks flicker. Only what is shown meanwhile; the finished text is never mended.
 */
export function mendEnd(text: string): string {
  const start = Math.max(text.lastIndexOf('\n'), 0)
  const line = text.slice(start)
  if (insideFence(text)) return text
  return text.slice(0, start) + mendLine(line)
}

function insideFence(text: string): boolean {
  const fences = text.match(/^ {0,3}(?:`{3,}|~{3,})/gm)
  return fences !== null && fences.length % 2 === 1
}

function mendLine(line: string): string {
  const ticks = line.split('`').length - 1
  if (ticks % 2 === 1) return line.endsWith('`') ? line.slice(0, -1) : `${line}\``
  // A link shows its text until its address is complete; an image shows nothing yet.
  const linked = line.replace(/!\[[^\]]*(?:\](?:\([^)\s]*)?)?$/, '').replace(/\[([^\]]*)\]\([^)\s]*$/, '$1')
  const strong = linked.split('**').length - 1
  if (strong % 2 === 0) return linked
  const place = linked.lastIndexOf('**')
  const inside = linked.slice(place + 2)
  if (inside.trim() === '') return linked.slice(0, place)
  return `${linked.trimEnd().replace(/\*$/, '')}**`
}
