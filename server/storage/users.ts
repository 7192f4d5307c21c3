import type { Owner } from '../conversation/threads.ts'
import { command } from './database.ts'
import type { Statement } from './database.ts'

export function insertUser(owner: Owner): Statement<void> {
  return command('insert into users (tenant_id, user_id) values ($1, $2) on conflict do nothing', [
    owner.tenantId,
    owner.userId,
  ])
}
