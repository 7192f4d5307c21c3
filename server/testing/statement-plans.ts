/** How a database goes about the statements that were sent to it. */
import type { Database, Scope } from '../storage/database.ts'
import { command, engineScope, statement } from '../storage/database.ts'

/** As `explain (format json)` says it. */
export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  Filter?: string
  Plans?: PlanNode[]
}

const connectionsMax = 10

/** The product's statements that the pool's connections have prepared so far, each once. */
export async function preparedTexts(database: Database): Promise<string[]> {
  const list = statement<{ text: string }, string[]>(
    `select statement as text from pg_prepared_statements
     where statement ~* '^\\s*(with|select|insert|update|delete)' and statement !~ 'pg_[a-z_]+ |pg_prepared|pg_roles'`,
    [],
    (rows) => rows.map(({ text }) => text),
  )
  const asked = Array.from({ length: connectionsMax }, () => database.once(engineScope, [list]))
  return [...new Set((await Promise.all(asked)).flat(2))]
}

let planned = 0

/** The plan that serves whatever values come. */
export async function genericPlan(database: Database, scope: Scope, text: string): Promise<PlanNode> {
  const name = `planned_${(planned += 1)}`
  const numbers = [...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number))
  const nulls = Array.from({ length: Math.max(0, ...numbers) }, () => 'null').join(', ')
  const [, , plan] = await database.once(scope, [
    command('set local plan_cache_mode = force_generic_plan'),
    command(`prepare ${name} as ${text}`),
    statement<{ 'QUERY PLAN': unknown }, PlanNode>(
      `explain (format json) execute ${name}${nulls === '' ? '' : ` (${nulls})`}`,
      [],
      ([row]) => rootOf(row?.['QUERY PLAN']),
    ),
    command(`deallocate ${name}`),
  ])
  return plan
}

function rootOf(said: unknown): PlanNode {
  const [explained] = (typeof said === 'string' ? JSON.parse(said) : said) as { Plan: PlanNode }[]
  if (explained === undefined) throw new Error('The database explains nothing.')
  return explained.Plan
}

/** The node and all below it. */
export function planNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(planNodes)]
}
