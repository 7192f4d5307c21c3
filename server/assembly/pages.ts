/** What is served of what was built: the page, the element with its parts, and nothing else. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createStaticFiles, readStaticFolder } from '../http/static-files.ts'
import type { StaticFiles } from '../http/static-files.ts'

/** Of what is built, names with a hash in them never change. */
export async function readPages(built: string, isDevelopment: boolean): Promise<StaticFiles> {
  const isImmutable = (path: string): boolean => /-[\w-]{8}\.js$/.test(path)
  const element = await readStaticFolder(built, '/', isImmutable)
  const { file } = JSON.parse(await readFile(join(built, 'parley-chat.json'), 'utf8')) as { file: string }
  const page = await readStaticFolder(join(built, 'page'))
  const isServed = ({ path }: { path: string }): boolean => isDevelopment || !path.startsWith('/gallery/')
  return createStaticFiles([
    // The page asks for the file that names the newest element, and would learn only then which one that is.
    ...page
      .filter(isServed)
      .map((each) =>
        each.path === '/index.html' ? { ...each, headers: { link: `</${file}>; rel=modulepreload` } } : each,
      ),
    ...element
      .filter(({ path }) => /^\/(?:parley-chat[\w-]*\.js(?:on)?|chunks\/[\w.-]+\.js)$/.test(path))
      // Pages of any site may load the element; modules are loaded with CORS.
      .map((each) => ({ ...each, headers: { 'access-control-allow-origin': '*' } })),
  ])
}
