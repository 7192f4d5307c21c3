/** The numbered files, as they lie on disk. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { migrationsDirectory } from './paths.ts'

export interface Migration {
  number: number
  /** `0001_conversation` */
  name: string
  sql: string
  /** Of the text, whatever its line ends: an applied file is never edited. */
  checksum: string
}

const fileName = /^(\d{4})_[a-z0-9_]+\.sql$/

export async function readMigrations(directory: string = migrationsDirectory): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort()
  const migrations = await Promise.all(files.map((file) => readMigration(directory, file)))
  migrations.forEach(({ number, name }, index) => {
    if (number !== index + 1) throw new Error(`Migration ${name} should have the number ${index + 1}.`)
  })
  return migrations
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const number = fileName.exec(file)?.[1]
  if (number === undefined)
    throw new Error(`${file} is no name for a migration: it must be like 0001_words.sql.`)
  const sql = (await readFile(join(directory, file), 'utf8')).replaceAll('\r\n', '\n')
  return { number: Number(number), name: file.slice(0, -4), sql, checksum: checksumOf(sql) }
}

export function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
