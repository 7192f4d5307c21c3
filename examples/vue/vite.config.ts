import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import type { UserConfig } from 'vite'

const parley = 'http://localhost:8787'

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  // Names with a dash of ours are elements, not components.
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'parley-chat' } } })],
  build: { modulePreload: false },
  server: {
    proxy: Object.fromEntries(['/chatkit', '/v1/chatkit', '/api', '/files'].map((path) => [path, parley])),
  },
})

export default config
