import { join } from 'node:path'
import { defineConfig } from 'vite'
import type { UserConfig } from 'vite'

const parley = 'http://localhost:8787'

/** What Parley serves, as if it were this app's own: one origin, so no CORS and no cookies of third parties. */
const paths = ['/chatkit', '/v1/chatkit', '/api', '/files', '/parley-chat', '/chunks']

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  build: {
    modulePreload: false,
    rolldownOptions: {
      input: ['custom.html', 'hosted.html', 'tutor.html', 'own.html'].map((page) =>
        join(import.meta.dirname, page),
      ),
    },
  },
  server: { proxy: Object.fromEntries(paths.map((path) => [path, parley])) },
})

export default config
