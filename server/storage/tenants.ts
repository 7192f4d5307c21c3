import type { Owner } from '../conversation/threads.ts'
import { command } from './database.ts'
import type { Statement } from './database.ts'

/** Tenants and users come from whoever signs people in: they are noted when they first write something. */
export function insertTenant(owner: Owner): Statement<void> {
  return command('insert into tenants (tenant_id) values ($1) on conflict do nothing', [owner.tenantId])
}
