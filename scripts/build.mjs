/** `npm run build`: installs and builds what is missing or older than its sources, and says how a page pins the element. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { root } from './processes.mjs'

await prepare()
const built = join(root, 'element', 'dist', 'parley-chat.json')
const { file, integrity } = JSON.parse(readFileSync(built, 'utf8'))
console.log(`<script type="module" src="/${file}" integrity="${integrity}"></script>`)
