/** What stands before a door in tests: credentials as they are checked there, and limits that one server counts by itself. */
import { createAdmission } from '../admission/admission.ts'
import type { Admission, AdmissionOptions } from '../admission/admission.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createMemoryLimits } from '../limits/memory.ts'

export type TestAdmissionOptions = Partial<AdmissionOptions> & Pick<AdmissionOptions, 'authentication'>

export function createTestAdmission(options: TestAdmissionOptions): Admission {
  return createAdmission({
    limiter: createLimiter({ store: createMemoryLimits(), key: new Uint8Array(32) }),
    clientAddress: (socketAddress) => socketAddress ?? null,
    now: () => new Date(),
    ...options,
  })
}
