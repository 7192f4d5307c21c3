import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import type { UserConfig } from 'vite'

const parley = 'http://localhost:8787'

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  plugins: [svelte()],
  build: { modulePreload: false },
  server: {
    proxy: Object.fromEntries(['/chatkit', '/v1/chatkit', '/api', '/files'].map((path) => [path, parley])),
  },
})

export default config
