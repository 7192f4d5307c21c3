/** The real parts that the integration tests work with. Where one is missing, its tests are skipped. */
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** @returns {{ name: string, path: string | null, hint: string }[]} */
export function findParts() {
  return [
    {
      name: 'PostgreSQL',
      path: findProgram(['postgres'], postgresFolders()),
      hint: 'apt-get install postgresql',
    },
    {
      name: 'Chromium',
      path: findProgram(['chromium', 'chromium-browser', 'google-chrome']),
      hint: 'apt-get install chromium',
    },
    {
      name: 'Redis',
      path: findProgram(['redis-server', 'valkey-server']),
      hint: 'apt-get install redis-server',
    },
    {
      name: 'nginx',
      path: findProgram(['nginx'], ['/usr/sbin']),
      hint: 'apt-get install nginx',
    },
  ]
}

/** Debian keeps the server's programs out of the PATH, one folder a version; the newest first. */
function postgresFolders() {
  const base = '/usr/lib/postgresql'
  const versions = readFolder(base).toSorted((one, other) => Number(other) - Number(one))
  return versions.map((version) => join(base, version, 'bin'))
}

function readFolder(path) {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function findProgram(names, folders = []) {
  const path = (process.env.PATH ?? '').split(delimiter)
  const candidates = [...folders, ...path].flatMap((folder) => names.map((name) => join(folder, name)))
  return candidates.find(isExecutable) ?? null
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
