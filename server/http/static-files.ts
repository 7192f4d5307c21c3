/** A fixed set of files, read once: a path that is not in it does not exist, so there is nothing to traverse. */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'

export interface StaticFile {
  /** Where it is served: `/parley-chat.js`. */
  path: string
  bytes: Uint8Array
  /** The name holds the content's version, so that it never changes: it may be kept for ever. */
  isImmutable?: boolean
  headers?: Record<string, string>
}

/** Answers GET and HEAD for a file of the set, and null for anything else. */
export type StaticFiles = (request: Request) => Response | null

const contentTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.map', 'application/json; charset=utf-8'],
  ['.md', 'text/markdown; charset=utf-8'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
])

export function createStaticFiles(files: Iterable<StaticFile>): StaticFiles {
  const served = new Map([...files].map((file) => [file.path, { file, headers: headersOf(file) }]))
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return null
    const found = served.get(new URL(request.url).pathname)
    if (found === undefined) return null
    const { file, headers } = found
    if (matches(request.headers.get('if-none-match'), headers.etag)) {
      return new Response(null, { status: 304, headers })
    }
    const body = request.method === 'HEAD' ? null : Uint8Array.from(file.bytes)
    return new Response(body, { headers: { ...headers, 'content-length': String(file.bytes.byteLength) } })
  }
}

/** All files of a folder, folders in it included, under a prefix that ends in `/`. */
export async function readStaticFolder(
  folder: string,
  prefix = '/',
  isImmutable: (path: string) => boolean = () => false,
): Promise<StaticFile[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const nested = await Promise.all(
    entries.map(async (entry): Promise<StaticFile[]> => {
      const source = join(folder, entry.name)
      if (entry.isDirectory()) return readStaticFolder(source, `${prefix}${entry.name}/`, isImmutable)
      if (!entry.isFile()) return []
      const path = prefix + entry.name
      return [{ path, bytes: await readFile(source), isImmutable: isImmutable(path) }]
    }),
  )
  return nested.flat()
}

function headersOf(file: StaticFile): Record<string, string> & { etag: string } {
  const hash = createHash('sha256').update(file.bytes).digest('base64url').slice(0, 22)
  return {
    'content-type': contentTypes.get(extname(file.path)) ?? 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    // Files of ours may be embedded by the pages of others: that is what the element is for.
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': file.isImmutable === true ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...file.headers,
    etag: `"${hash}"`,
  }
}

function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false
  return ifNoneMatch.split(',').some((entry) => {
    const candidate = entry.trim()
    return candidate === '*' || candidate.replace(/^W\//, '') === etag
  })
}
