import type { Owner } from '../conversation/threads.ts'
import { command } from './database.ts'
import type { Statement } from './database.ts'

/** Tenants and users come from whoever signs people in: they are noted when they first write something. */
export function insertOwners(owners: readonly Owner[]): [Statement<void>, Statement<void>] {
  const distinct = [
    ...new Map(owners.map((owner) => [JSON.stringify([owner.tenantId, owner.userId]), owner])),
  ]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, owner]) => owner)
  const tenantIds = [...new Set(distinct.map((owner) => owner.tenantId))]
  return [
    command('insert into tenants (tenant_id) select unnest($1::text[]) on conflict do nothing', [tenantIds]),
    command(
      `insert into users (tenant_id, user_id)
       select * from unnest($1::text[], $2::text[])
       on conflict do nothing`,
      [distinct.map((owner) => owner.tenantId), distinct.map((owner) => owner.userId)],
    ),
  ]
}
