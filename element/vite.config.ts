/// <reference types="node" />
import { createHash } from 'node:crypto'
import { cp, readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { defineConfig } from 'vite'
import type { Plugin, UserConfig } from 'vite'

/**
 * What is built:
 *
 *   parley-chat.js ─┬─▶ parley-chat-<hash>.js ──▶ chunks/<name>-<hash>.js
 *   for pages       │   the element, for ever      parts that are loaded when they are needed
 *   index.js ───────╯
 *   for programs
 *
 * The parts import the file in the middle, so however a page names the first one, there is one element. A page may load the first
 * one as a module or as a plain script, as pages do that were written for ChatKit.
 */
const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  // Also where somebody else, a test runner, says that this is no production.
  oxc: { jsx: { development: false } },
  build: {
    outDir: 'dist',
    // The types lie there, too.
    emptyOutDir: false,
    target: 'es2022',
    // Browsers that know `light-dark()`: Chromium 123, Firefox 120, Safari 17.5, all of spring 2024 or before.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    lib: { entry: 'parley-chat.ts', formats: ['es'], fileName: () => 'index.js' },
    rolldownOptions: {
      output: {
        minify: true,
        chunkFileNames: ({ name }) =>
          name === 'parley-chat' ? '[name]-[hash].js' : 'chunks/[name]-[hash].js',
        // Whatever the element needs at once is one file, which the parts share with it.
        codeSplitting: { groups: [{ name: 'parley-chat', tags: ['$initial'] }] },
      },
    },
  },
  plugins: [lexerAlone(), nameNewest(), copyPage()],
})

/**
 * Of marked only the lexer is used, but the package is one file, in which everything hangs together: without what begins
 * behind its classes, the bundler can leave out a quarter of it.
 */
function lexerAlone(): Plugin {
  return {
    name: 'lexer-alone',
    transform(code, id) {
      if (!id.endsWith('/marked/lib/marked.esm.js')) return null
      const start = /var (\w+)=new \w+;function \w+\((\w+),(\w+)\)\{return \1\.parse\(\2,\3\)\}/.exec(
        code,
      )?.index
      const lexer = /[{,](\w+) as Lexer[,}]/.exec(code)?.[1]
      if (start === undefined || lexer === undefined) throw new Error('marked is written in another way now.')
      return { code: `${code.slice(0, start)}export{${lexer} as Lexer};`, map: null }
    },
  }
}

/** Writes the file that always names the newest element, and what a page needs to pin it: its name and its hash. */
function nameNewest(): Plugin {
  return {
    name: 'name-newest',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      const element = Object.values(bundle).find(
        (file) => file.name === 'parley-chat' && !('isEntry' in file && file.isEntry),
      )
      if (element?.type !== 'chunk') throw new Error('There is no element in what was built.')
      await removeOlder(dir, new Set(Object.keys(bundle)))
      const integrity = `sha384-${createHash('sha384').update(element.code).digest('base64')}`
      await writeFile(join(dir, 'parley-chat.js'), forPages(`./${element.fileName}`))
      await writeFile(
        join(dir, 'parley-chat.json'),
        `${JSON.stringify({ file: element.fileName, integrity }, null, 2)}\n`,
      )
    },
  }
}

/** A plain script that comes from another origin has no address that it could say a path from; but it is known which it is. */
function forPages(path: string): string {
  const script = 'document.currentScript'
  return `import(${script} ? new URL('${path}', ${script}.src).href : '${path}')\n`
}

/** What an earlier build has left behind would be served for ever. */
async function removeOlder(folder: string, built: ReadonlySet<string>): Promise<void> {
  const names = await readdir(folder, { recursive: true })
  const older = names.filter((name) => /^(?:chunks[\\/])?[\w-]+-[\w-]{8}\.js$/.test(name) && !built.has(name))
  await Promise.all(older.map((name) => rm(join(folder, name), { force: true })))
}

/** The page's own files go beside the script. */
function copyPage(): Plugin {
  let folder = ''
  return {
    name: 'copy-page',
    apply: 'build',
    configResolved(resolved) {
      folder = resolve(resolved.root, resolved.build.outDir)
    },
    closeBundle: () => cp(join(import.meta.dirname, 'page'), join(folder, 'page'), { recursive: true }),
  }
}

export default config
