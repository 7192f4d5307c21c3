/**
 * Bugs to be planted one at a time, to see whether the tests notice: `npm run planted` (`scripts/planted.mjs`). A zero says
 * nothing unless the tests that found it can find something. Every bug is a small mistake that a tired engineer could make,
 * compiles, and breaks a rule of SPEC.md.
 *
 * Whoever changes a line that a bug quotes changes the quotation too (YARD-10 says which). When the line is gone for good, so
 * is the bug, and another takes its place.
 *
 * Waiting for what is not built yet:
 * - limits: rates by the raw path; a place that a door does not give back when a client leaves (followers of a run are
 *   counted: `follower-counted-for-ever`).
 * - doors that other origins may use: an `Origin` that is reflected, `Vary` that is missing.
 * - roles: a `delete` event that still carries the text.
 * - expiry in local time: nothing that expires is written as local time yet.
 */
import { accountBugs } from './accounts.mjs'
import { chatBugs } from './chats.mjs'
import { elementBugs } from './element.mjs'
import { engineBugs } from './engine.mjs'
import { fileBugs } from './files.mjs'
import { httpBugs } from './http.mjs'
import { importBugs } from './imports.mjs'
import { limitBugs } from './limits.mjs'
import { modelBugs } from './models.mjs'
import { platformBugs } from './platform.mjs'
import { respondBugs } from './respond.mjs'
import { sessionBugs } from './sessions.mjs'
import { storageBugs } from './storage.mjs'
import { supportBugs } from './support.mjs'
import { whoBugs } from './who.mjs'

/**
 * @typedef {object} PlantedBug
 * @property {string} name
 * @property {string[]} breaks Rules of SPEC.md.
 * @property {string} file
 * @property {string} text What stands in the file now, exactly once.
 * @property {string} instead What stands there when the bug is planted.
 * @property {string} test The file of tests that must notice.
 * @property {string} shows The rule whose tests there must fail.
 */

/** @type {PlantedBug[]} */
export const bugs = [
  ...storageBugs,
  ...supportBugs,
  ...engineBugs,
  ...httpBugs,
  ...limitBugs,
  ...fileBugs,
  ...whoBugs,
  ...respondBugs,
  ...sessionBugs,
  ...platformBugs,
  ...importBugs,
  ...chatBugs,
  ...accountBugs,
  ...modelBugs,
  ...elementBugs,
]
