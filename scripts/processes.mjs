/** Running other programs: what they print is seen, and they end when we do. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Runs a program in the repository and resolves with its exit code; a signal counts as 1.
 * @param {string} program
 * @param {string[]} parameters
 * @param {{ environment?: Record<string, string>, output?: 'shown' | 'aside' | 'hidden' }} [options] `aside`: on standard error, so that
 *   what is printed after it can be piped.
 * @returns {Promise<number>}
 */
export function run(program, parameters, { environment = {}, output = 'shown' } = {}) {
  const child = spawn(program, parameters, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', { shown: 'inherit', aside: process.stderr, hidden: 'ignore' }[output], 'inherit'],
  })
  return ended(child)
}

/** Starts a program that goes on, such as a watcher. */
export function start(program, parameters) {
  return spawn(program, parameters, { cwd: root, env: process.env, stdio: ['ignore', 'inherit', 'inherit'] })
}

/** @returns {Promise<number>} */
export function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

/** npm as it was called, so that the same version goes on; it prints aside. Resolves with its exit code. */
export function npm(...parameters) {
  return run(...npmCommand(parameters), { output: 'aside' })
}

/** @returns {[string, string[]]} */
export function npmCommand(parameters) {
  const script = process.env.npm_execpath
  if (script?.endsWith('.js') === true) return [process.execPath, [script, ...parameters]]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', parameters]
}

/** The program of an installed package, to be run with Node: no shell, and the same on every system. */
export function tool(name, packageName = name) {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[name])
}

export function runTool(name, parameters, options) {
  return run(process.execPath, [tool(name, name === 'tsc' ? 'typescript' : name), ...parameters], options)
}
