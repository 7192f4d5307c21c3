/** Whatever the doors and the engine say to a database: how it goes about that when it knows nothing of its tables. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ParleyError } from '../conversation/errors.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { DatabaseKind, TestDatabase } from '../testing/databases.ts'
import { fillHouse, houseSettings, readHouse } from '../testing/full-house.ts'
import { startProduct } from '../testing/product.ts'
import { genericPlan, planNodes, preparedTexts } from '../testing/statement-plans.ts'
import type { PlanNode } from '../testing/statement-plans.ts'
import { engineScope, statement } from './database.ts'
import type { Database, Scope } from './database.ts'

const scopes: Scope[] = [engineScope, { kind: 'user', tenantId: 'default', userId: 'ada' }]

/** Tables whose rows are few for an owner, because there is a limit to them. */
const few = new Set(['tasks', 'chatkit_sessions', 'api_keys', 'parley_migrations'])
/** Indexes that are gone through as a whole, because what is in them is few. */
const fewIn = new Set(['runs_one_running_per_thread'])

describe.each<DatabaseKind>(['pglite', 'postgres'])('plans on %s', (kind) => {
  const reason = missingReason(kind)
  let used: TestDatabase
  let fresh: TestDatabase
  beforeAll(async () => {
    if (reason !== null) return
    used = await createTestDatabase(kind)
    const product = await startProduct(used.storage, houseSettings)
    await readHouse(product, await fillHouse(product, used.storage))
    await product.close()
    fresh = await createTestDatabase(kind)
  })
  afterAll(async () => {
    await used?.close()
    await fresh?.close()
  })

  test.skipIf(reason !== null)(
    `[STORE-21] a row that is named by its id is found by its id, and no table is gone through${reason ?? ''}`,
    async () => {
      const texts = await preparedTexts(used.database)
      expect(texts.length).toBeGreaterThan(100)
      expect(await complaintsAbout(fresh.database, texts)).toEqual([])
      // Where nothing was, nothing was counted.
      await fresh.database.reclaim(['run_events', 'runs'])
      expect(await complaintsAbout(fresh.database, texts)).toEqual([])
    },
  )
})

async function complaintsAbout(database: Database, texts: readonly string[]): Promise<string[]> {
  const keys = await primaryKeys(database)
  const wrong: string[] = []
  for (const text of texts)
    for (const scope of scopes) {
      const plan = await planIfAllowed(database, scope, text)
      const complaints = plan === null ? [] : planNodes(plan).map((node) => complaintAbout(node, keys))
      wrong.push(...complaints.filter((complaint) => complaint !== null).map((each) => `${each}\n${text}`))
    }
  return wrong
}

/** The columns of every primary key that is one column. */
async function primaryKeys(database: Database): Promise<Map<string, string>> {
  const [keys] = await database.once(engineScope, [
    statement<{ name: string; key: string }, Map<string, string>>(
      `select relname::text as name, attname::text as key from pg_index
       join pg_class on pg_class.oid = indrelid
       join pg_attribute on attrelid = indrelid and attnum = indkey[0]
       where indisprimary and indnatts = 1 and relnamespace = 'public'::regnamespace`,
      [],
      (rows) => new Map(rows.map(({ name, key }) => [name, key])),
    ),
  ])
  return keys
}

/** Null for what the role may not do. */
async function planIfAllowed(database: Database, scope: Scope, text: string): Promise<PlanNode | null> {
  try {
    return await genericPlan(database, scope, text)
  } catch (error) {
    if (error instanceof ParleyError || !String(error).includes('permission denied')) throw error
    return null
  }
}

function complaintAbout(node: PlanNode, keys: Map<string, string>): string | null {
  const table = node['Relation Name']
  const index = node['Index Name']
  // What is written to names its table as well, and looks for nothing.
  if (table === undefined || few.has(table) || (index === undefined && node['Node Type'] !== 'Seq Scan'))
    return null
  const condition = node['Index Cond'] ?? ''
  if (condition === '')
    return fewIn.has(index ?? '')
      ? null
      : `goes through ${table} (${index ?? 'its rows'}), ${node.Filter ?? ''}`
  const key = keys.get(table)
  const isNamed = key !== undefined && new RegExp(`(?<![\\w.])${key} = |= ${key}\\)`).test(node.Filter ?? '')
  return isNamed ? `looks in ${String(index)} by ${condition} for ${String(node.Filter)}` : null
}
