/** Names of files as people give them: kept for people to read, never for a path of ours. */

/** In UTF-8, as most file systems count. */
export const fileNameBytesMax = 200

/** Controls, and what turns the direction of text or cannot be seen: `exe.gpj` must not look like `jpg.exe`. */
const unseen =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g
/** What Windows allows in no name. */
const forbidden = /[<>:"|?*]/g
/** Devices on Windows, whatever extension they have. */
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i

/**
 * The last part of what may be a path, without anything that a system or a reader could take for something else.
 * With extensions, its own must be one of them, or the first is put behind it. Never empty.
 */
export function cleanFileName(given: string, extensions: readonly string[] = []): string {
  const last =
    given
      .slice(-10_000)
      .toWellFormed()
      .split(/[/\\]/)
      .findLast((part) => part.trim() !== '') ?? ''
  const cleaned = last
    .replaceAll(unseen, '')
    .replaceAll(forbidden, '_')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[. ]+|[. ]+$/g, '')
  const named = cleaned === '' ? 'file' : reserved.test(cleaned) ? `_${cleaned}` : cleaned
  const own = extensionOf(named)
  const [first] = extensions
  if (first === undefined || (own !== undefined && extensions.includes(own))) return shortened(named, own)
  return shortened(`${named}.${first}`, first)
}

/** In lower case and without its dot. */
export function extensionOf(name: string): string | undefined {
  return /.\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase()
}

/** Cut before the extension, and never within a character. */
function shortened(name: string, extension: string | undefined): string {
  if (Buffer.byteLength(name) <= fileNameBytesMax) return name
  const ending = extension === undefined ? '' : `.${extension}`
  let kept = ''
  let bytes = Buffer.byteLength(ending)
  for (const character of name.slice(0, name.length - ending.length)) {
    bytes += Buffer.byteLength(character)
    if (bytes > fileNameBytesMax) break
    kept += character
  }
  return kept.trimEnd() + ending
}

/** `Content-Disposition` for any name: plain ASCII for old readers, all of it for others (RFC 6266, RFC 8187). */
export function contentDisposition(type: 'inline' | 'attachment', name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/gu, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${type}; filename="${plain}"; filename*=UTF-8''${encoded}`
}
