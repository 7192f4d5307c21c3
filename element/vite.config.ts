import { cp } from 'node:fs/promises'
import { defineConfig } from 'vite'
import type { UserConfig } from 'vite'

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    lib: { entry: 'parley-chat.ts', formats: ['es'], fileName: () => 'parley-chat.js' },
    outDir: 'dist',
    // The types lie there, too.
    emptyOutDir: false,
    target: 'es2022',
    minify: true,
    cssMinify: true,
  },
  plugins: [
    {
      name: 'copy-page',
      closeBundle: () =>
        cp(`${import.meta.dirname}/page`, `${import.meta.dirname}/dist/page`, { recursive: true }),
    },
  ],
})

export default config
