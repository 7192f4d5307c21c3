/** Tokens: for a user whose server asks, and for guests of pages on other origins. */
import { z } from 'zod'
import type { Access, Caller } from '../../admission/caller.ts'
import type { GivenGuest, GuestTokens } from '../../auth/guest-tokens.ts'
import { isId } from '../../auth/identity.ts'
import { routesFor } from '../../http/door.ts'
import type { Route } from '../../http/door.ts'
import { HttpProblem } from '../../http/problem.ts'
import { workspaceOf } from './options.ts'
import type { AssistantCloudDoorOptions } from './options.ts'
import { GuestSession, RefreshGuest } from './wire.ts'

const route = routesFor<Caller, Access>()

export function tokenRoutes({ guests, mintToken }: AssistantCloudDoorOptions): Route<Access>[] {
  return [
    route(
      {
        method: 'post',
        path: '/assistant-cloud/v1/auth/tokens',
        summary: 'Makes a token for a user',
        description: 'For a server with an API key, which names the user in `Aui-Workspace-Id`.',
        access: { resource: 'platform-session', action: 'create' },
        replies: { 200: { description: 'Good for five minutes', schema: z.object({ token: z.string() }) } },
      },
      async ({ caller, request }) => {
        const userId = workspaceOf(request)
        if (!isId(userId)) {
          throw new HttpProblem(
            'invalid_request',
            'Aui-Workspace-Id must be 1 to 200 visible ASCII characters.',
          )
        }
        return Response.json({ token: await mintToken({ tenantId: caller.owner.tenantId, userId }) })
      },
    ),
    route(
      {
        method: 'post',
        path: '/assistant-cloud/v1/auth/tokens/anonymous',
        summary: 'Begins a guest',
        description: 'Without a cookie, so on any origin.',
        access: 'public',
        replies: { 200: { description: 'The guest’s tokens', schema: GuestSession } },
      },
      async () => session(await letIn(guests).begin()),
    ),
    route(
      {
        method: 'post',
        path: '/assistant-cloud/v1/auth/tokens/refresh',
        summary: 'Gives a guest the next tokens',
        description: 'The old refresh token stays good until it runs out.',
        access: 'public',
        body: RefreshGuest,
        replies: { 200: { description: 'The same guest’s tokens', schema: GuestSession } },
      },
      async ({ body }) => {
        const given = await letIn(guests).refresh(body.refresh_token)
        if (given === null) throw refusedRefresh()
        return session(given)
      },
    ),
  ]
}

/** The client begins a new guest then. */
export function refusedRefresh(): HttpProblem {
  return new HttpProblem('forbidden', 'The refresh token is not valid, or no longer.')
}

function letIn(guests: GuestTokens | null): GuestTokens {
  if (guests === null) throw new HttpProblem('forbidden', 'Guests are not let in here.')
  return guests
}

function session({ accessToken, refreshToken, refreshExpiresAt }: GivenGuest): Response {
  return Response.json(
    {
      access_token: accessToken,
      refresh_token: { token: refreshToken, expires_at: refreshExpiresAt.toISOString() },
    },
    { headers: { 'cache-control': 'no-store' } },
  )
}
