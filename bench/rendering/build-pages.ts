/** Builds one page for each contestant, as a production build would be. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'

export const contestants = ['parley', 'streamdown', 'assistant-ui'] as const
export type Contestant = (typeof contestants)[number]

/** Names in the address, and what is there. */
export type Files = Map<string, { type: string; body: string }>

/** @param root The repository. */
export async function buildPages(root: string): Promise<Files> {
  const pages = join(root, 'bench', 'rendering', 'pages')
  const files: Files = new Map()
  for (const name of contestants) {
    const result = await build({
      root: join(root, 'bench'),
      configFile: false,
      logLevel: 'silent',
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        write: false,
        modulePreload: false,
        // As the element's own build has it.
        target: 'es2022',
        cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
        minify: true,
        rolldownOptions: {
          input: join(pages, `${name}.mjs`),
          output: { entryFileNames: `${name}.js`, chunkFileNames: 'chunks/[name]-[hash].js' },
        },
      },
    })
    if (!('output' in result)) throw new Error('The build did not end with files.')
    for (const file of result.output) {
      if (file.type === 'chunk')
        files.set(`/${name}/${file.fileName}`, { type: 'text/javascript', body: file.code })
    }
    const page = `<!doctype html><meta charset="utf-8"><title>${name}</title><style>body{margin:0;font:16px/1.5 sans-serif}</style><script type="module" src="/${name}/${name}.js"></script>`
    files.set(`/${name}/`, { type: 'text/html', body: page })
  }
  return files
}

export async function readVersions(root: string): Promise<Record<string, string>> {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(root, 'bench', 'package.json'), 'utf8'),
  )
  const names = ['streamdown', '@assistant-ui/react', 'react']
  return Object.fromEntries(names.map((name) => [name, manifest.dependencies[name] ?? '']))
}
