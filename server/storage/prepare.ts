/**
 * A packed data directory with all migrations applied, made once when the program is built: a first start that unpacks it
 * need not run initdb.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { migrate } from './migrate.ts'
import { checksumOf, readMigrations } from './migrations.ts'
import type { Migration } from './migrations.ts'
import { compiledDirectory } from './paths.ts'
import { createPglite } from './pglite.ts'

/** Named by what is in it, so that one from before a change is not found. */
export async function preparedDatabasePath(migrations?: readonly Migration[]): Promise<string> {
  const known = migrations ?? (await readMigrations())
  const contents = [await pgliteVersion(), ...known.map(({ checksum }) => checksum)].join(' ')
  return join(compiledDirectory, `prepared-database-${checksumOf(contents).slice(0, 16)}.tar.gz`)
}

/** Does nothing when it is there. Resolves with its path. */
export async function prepareDatabase(targetFile?: string): Promise<string> {
  const migrations = await readMigrations()
  const path = targetFile ?? (await preparedDatabasePath(migrations))
  if (await exists(path)) return path
  const engine = await createPglite({ dataDirectory: null, preparedFile: null })
  try {
    const admin = await engine.connectAdmin()
    await migrate(admin, migrations, () => {})
    await admin.close()
    await mkdir(dirname(path), { recursive: true })
    await writeFile(`${path}.${process.pid}`, await engine.dump())
    await rename(`${path}.${process.pid}`, path)
    if (targetFile === undefined) await removeOlder(path)
  } finally {
    await engine.close()
  }
  return path
}

async function removeOlder(path: string): Promise<void> {
  const directory = dirname(path)
  for (const file of await readdir(directory)) {
    if (/^prepared-database-.*\.gz$/.test(file) && file !== basename(path)) await rm(join(directory, file))
  }
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

async function pgliteVersion(): Promise<string> {
  const main = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const contents: unknown = JSON.parse(await readFile(join(dirname(main), '..', 'package.json'), 'utf8'))
  if (typeof contents === 'object' && contents !== null && 'version' in contents)
    return String(contents.version)
  throw new Error('The version of PGlite is not known.')
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`${await prepareDatabase()}\n`)
}
