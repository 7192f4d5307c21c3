/// <reference types="node" />
import { cp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { defineConfig } from 'vite'
import type { Plugin, UserConfig } from 'vite'

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    lib: { entry: 'parley-chat.ts', formats: ['es'], fileName: () => 'parley-chat.js' },
    outDir: 'dist',
    // The types lie there, too.
    emptyOutDir: false,
    target: 'es2022',
    // What not everybody needs is loaded from beside the script; a name that holds the content's version may be kept for ever.
    rolldownOptions: { output: { minify: true, chunkFileNames: 'chunks/[name]-[hash].js' } },
    // Browsers that know `light-dark()`: Chromium 123, Firefox 120, Safari 17.5, all of spring 2024 or before.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
  plugins: [copyPage()],
})

/** The page's own files go beside the script. */
function copyPage(): Plugin {
  let folder = ''
  return {
    name: 'copy-page',
    configResolved(resolved) {
      folder = resolve(resolved.root, resolved.build.outDir)
    },
    closeBundle: () => cp(join(import.meta.dirname, 'page'), join(folder, 'page'), { recursive: true }),
  }
}

export default config
