import { createTestDatabase, missingReason } from '../testing/databases.ts'
import { storeContract } from './contract.ts'

storeContract('PGlite', (settings) => createTestDatabase('pglite', settings))
storeContract('Postgres', (settings) => createTestDatabase('postgres', settings), missingReason('postgres'))
