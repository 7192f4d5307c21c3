/** Where the server's own files are, whether it runs compiled or, in tests, as it was written. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const compiled = import.meta.url.endsWith('.js')

/** `server/dist` */
export const compiledDirectory: string = compiled ? join(here, '..') : join(here, '..', 'dist')

/** `migrations` beside `server` */
export const migrationsDirectory: string = join(compiledDirectory, '..', '..', 'migrations')
