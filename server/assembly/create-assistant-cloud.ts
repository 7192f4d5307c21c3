/** The door of assistant-ui's cloud client, by the settings. */
import { actingFor } from '../auth/acting-keys.ts'
import { createToken } from '../auth/bearer-tokens.ts'
import { accessSeconds } from '../auth/guest-tokens.ts'
import { createCloudFiles } from '../contracts/assistant-cloud/files.ts'
import { workspaceOf } from '../contracts/assistant-cloud/options.ts'
import { createAssistantCloudDoor } from '../contracts/assistant-cloud/routes.ts'
import type { FileKeeper } from '../files/keeper.ts'
import type { Door } from '../http/door.ts'
import type { Settings } from '../settings/configuration.ts'
import type { Storage } from '../storage/open.ts'
import type { Entrance } from './assemble.ts'

export interface AssistantCloudParts {
  /** At least 32 bytes. */
  secret: string
  storage: Storage
  entrance: Entrance
  fileKeeper: FileKeeper
  now: () => Date
}

export function createAssistantCloud(
  { publicUrl }: Pick<Settings, 'publicUrl'>,
  { secret, storage, entrance, fileKeeper: keeper, now }: AssistantCloudParts,
): Door {
  const { store } = storage
  return createAssistantCloudDoor({
    messages: storage.clientMessages,
    store,
    tenantThreads: storage.tenantThreads,
    files: createCloudFiles({ keeper, store, now, ...(publicUrl === null ? {} : { publicUrl }) }),
    admission: entrance.admission,
    actingAdmission: entrance.admissionBy(actingFor(entrance.authentication, workspaceOf)),
    mintToken: (owner) => createToken({ secret, now }, { ...owner, lifetimeSeconds: accessSeconds }),
    guests: entrance.guestTokens,
    guestMoves: storage.guestMoves,
    now,
  })
}
