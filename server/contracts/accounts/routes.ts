/** The door to accounts: of what Better Auth has, what is offered here. Whoever is missing in this table is 404. */
import type { Context } from 'hono'
import type { z } from 'zod'
import type { Accounts, Question } from '../../accounts/accounts.ts'
import type { Admission } from '../../admission/admission.ts'
import type { Access } from '../../admission/caller.ts'
import { admitCounted } from '../../admission/counting.ts'
import type { Identity } from '../../auth/identity.ts'
import { createDoor, routesFor } from '../../http/door.ts'
import type { Asked, Door, Method, ReplyShape, Route } from '../../http/door.ts'
import { addReplyHeaders, nodeBindings } from '../../http/front.ts'
import { refuseCrossSite, sameOrigin } from '../../http/origin.ts'
import { HttpProblem } from '../../http/problem.ts'
import type { Limit, Limiter } from '../../limits/limits.ts'
import type { StaticFiles } from '../../http/static-files.ts'
import { journeyLimits, passwordLimits, tryWords } from './limits.ts'
import { createSignInPage } from './page.ts'
import * as wire from './wire.ts'

export interface AccountsDoorOptions {
  accounts: Accounts
  admission: Admission
  limiter: Limiter
  /** Which address asks, behind whatever proxies are believed. */
  clientAddress(socketAddress: string | undefined, headers: Headers): string | null
  /** Our public origins, where a proxy rewrites `Host`. */
  publicOrigins?: readonly string[]
  /** With the page at `/sign-in`. */
  files?: StaticFiles
  /** Looks after whoever was a guest until now (`KeepGuestChats`). What it throws is told to `onFailure`. */
  onSignIn?: (request: Request, identity: Identity) => Promise<Record<string, string>>
  onFailure?: (event: string, fields: Record<string, unknown>) => void
  now: () => Date
}

const requestsPerMinuteMax = 300
const bodyBytesMax = 16_384

interface Offer<Params, Query, Body> {
  summary: string
  params?: z.ZodType<Params>
  query?: z.ZodType<Query>
  body?: z.ZodType<Body>
  isBodyOptional?: boolean
  reply: z.ZodType
  /** Beside the door's own. */
  limits?: (body: Body, address: string | null) => Limit[]
}

const route = routesFor<null, Access>()

export function createAccountsDoor(options: AccountsDoorOptions): Door {
  const door = createDoor({
    title: 'Accounts',
    description: 'Signing in with us: Better Auth’s own contract, as far as it is offered.',
    routes: routesOf(options),
    admit: options.admission({
      limits: [{ name: 'accounts', per: 'address', requestsMax: requestsPerMinuteMax, windowSeconds: 60 }],
    }),
    bodyBytesMax,
    below: ['/api/auth/*'],
    encodeProblem,
    problemSchema: wire.problem,
    problemStatuses: [400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503],
  })
  if (options.files !== undefined) door.app.route('/', createSignInPage(options.files))
  return door
}

/** As Better Auth's own errors are: `{code, message}`, the code in capitals. */
function encodeProblem({ code, message, status }: HttpProblem): Response {
  return Response.json({ code: code.toUpperCase(), message }, { status })
}

function routesOf(options: AccountsDoorOptions): Route<Access>[] {
  const offer = <Params = undefined, Query = undefined, Body = undefined>(
    method: Extract<Method, 'get' | 'post'>,
    path: string,
    offered: Offer<Params, Query, Body>,
  ): Route<Access> => {
    const { summary, params, query, body, isBodyOptional, reply } = offered
    const answers: Record<number, ReplyShape> = path.includes('callback')
      ? { 302: { description: 'Back to the page that asked, or to /sign-in with `error`' } }
      : { 200: { description: summary, schema: reply } }
    return route<Params, Query, Body>(
      {
        method,
        path: `/api/auth${path}`,
        summary,
        access: 'public',
        ...(params === undefined ? {} : { params }),
        ...(query === undefined ? {} : { query }),
        ...(body === undefined ? {} : { body }),
        ...(isBodyOptional === undefined ? {} : { isBodyOptional }),
        replies: answers,
      },
      (asked) => answer(options, asked, { method, path, offered }),
    )
  }
  const nothing = { body: wire.noFields, isBodyOptional: true } as const
  return [
    ...signInRoutes(offer),
    offer('post', '/sign-out', { summary: 'Signs out', reply: wire.signedOut, ...nothing }),
    offer('get', '/get-session', { summary: 'Who is signed in', reply: wire.currentSession }),
    offer('get', '/list-sessions', {
      summary: 'Where one is signed in',
      reply: wire.sessions,
    }),
    offer('post', '/revoke-session', {
      summary: 'Ends one of one’s sessions',
      body: wire.revokeSessionRequest,
      reply: wire.done,
    }),
    offer('post', '/revoke-sessions', { summary: 'Ends all of them', reply: wire.done, ...nothing }),
    offer('post', '/revoke-other-sessions', { summary: 'Ends all others', reply: wire.done, ...nothing }),
    offer('post', '/change-password', {
      summary: 'Changes one’s password, and ends all other sessions unless told not to',
      body: wire.changePasswordRequest,
      reply: wire.signedIn,
      limits: (_body, address) => passwordLimits({ address, email: null }),
    }),
    offer('post', '/update-user', {
      summary: 'Changes one’s name',
      body: wire.updateUserRequest,
      reply: wire.done,
    }),
    offer('get', '/token', { summary: 'A token for APIs, for a quarter of an hour', reply: wire.token }),
    offer('get', '/jwks', { summary: 'What those tokens are signed with', reply: wire.keys }),
    waysIn(options),
  ]
}

type OfferRoute = <Params = undefined, Query = undefined, Body = undefined>(
  method: 'get' | 'post',
  path: string,
  offered: Offer<Params, Query, Body>,
) => Route<Access>

function signInRoutes(offer: OfferRoute): Route<Access>[] {
  return [
    offer('post', '/sign-up/email', {
      summary: 'Makes an account with a password, where that is open',
      body: wire.signUpRequest,
      reply: wire.signedIn,
      limits: ({ email }, address) => passwordLimits({ address, email }),
    }),
    offer('post', '/sign-in/email', {
      summary: 'Signs in with a password',
      body: wire.signInRequest,
      reply: wire.signedIn,
      limits: ({ email }, address) => passwordLimits({ address, email }),
    }),
    offer('post', '/sign-in/social', {
      summary: 'Where to go to sign in with Google or GitHub',
      body: wire.socialRequest,
      reply: wire.journeyReply,
      limits: (_body, address) => journeyLimits(address),
    }),
    offer('post', '/sign-in/oauth2', {
      summary: 'Where to go to sign in with the configured OpenID Connect provider',
      body: wire.oidcRequest,
      reply: wire.journeyReply,
      limits: (_body, address) => journeyLimits(address),
    }),
    offer('get', '/callback/:provider', {
      summary: 'Where Google and GitHub send people back',
      params: wire.socialCallback,
      query: wire.callbackQuery,
      reply: wire.noFields,
    }),
    offer('get', '/oauth2/callback/:provider', {
      summary: 'Where the OpenID Connect provider sends people back',
      params: wire.oidcCallback,
      query: wire.callbackQuery,
      reply: wire.noFields,
    }),
  ]
}

function waysIn({ accounts: { signUp, providers } }: AccountsDoorOptions): Route<Access> {
  const summary = 'Who may sign up, and with which providers one can sign in'
  return route(
    {
      method: 'get',
      path: '/api/auth/ways-in',
      summary,
      access: 'public',
      replies: { 200: { description: summary, schema: wire.waysIn } },
    },
    () => Response.json({ signUp, providers }),
  )
}

interface Chosen<Params, Query, Body> {
  method: 'get' | 'post'
  path: string
  offered: Offer<Params, Query, Body>
}

async function answer<Params, Query, Body>(
  options: AccountsDoorOptions,
  { request, context, params, query, body }: Asked<null, Params, Query, Body>,
  { method, path, offered }: Chosen<Params, Query, Body>,
): Promise<Response> {
  refuseCrossSite(withoutAuthorization(request), options.publicOrigins)
  const release = await admitted(options, context, { limits: offered.limits, body })
  try {
    const { response, signedIn } = await options.accounts.ask({
      method: method === 'get' ? 'GET' : 'POST',
      path: filled(path, params),
      request,
      query: texts(query),
      ...(body === undefined ? {} : { body }),
    } satisfies Question)
    // Where a provider is not configured, Better Auth has nothing at its address and says nothing, either.
    if (response.status === 404 && response.body === null) {
      throw new HttpProblem('not_found', 'There is nothing at this address.')
    }
    return signedIn === null ? response : await greeted(options, request, { response, signedIn })
  } finally {
    release()
  }
}

/** Here only cookies count, so a header that no form can send proves nothing. */
function withoutAuthorization(request: Request): Request {
  if (!request.headers.has('authorization')) return request
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  return new Request(request.url, { method: request.method, headers })
}

async function admitted<Body>(
  { limiter, clientAddress, now }: AccountsDoorOptions,
  context: Context,
  { limits, body }: { limits: Offer<unknown, unknown, Body>['limits']; body: Body },
): Promise<() => void> {
  if (limits === undefined) return () => {}
  const env: unknown = context.env
  const socketAddress = nodeBindings(env)?.incoming.socket.remoteAddress
  const address = clientAddress(socketAddress, context.req.raw.headers)
  return admitCounted(limits(body, address), {
    limiter,
    now,
    tell: (headers) => addReplyHeaders(env, headers),
    words: tryWords,
  })
}

function filled(path: string, params: unknown): string {
  const names = texts(params)
  return path.replace(/:(\w+)/g, (_whole, name: string) => names[name] ?? '')
}

function texts(values: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  )
}

/** Whoever signs in is signed in, whatever becomes of what they said as a guest. */
async function greeted(
  { onSignIn, onFailure = () => {}, publicOrigins }: AccountsDoorOptions,
  request: Request,
  { response, signedIn }: { response: Response; signedIn: { tenantId: string; userId: string } },
): Promise<Response> {
  // Who comes back from a provider has been on another site: the next request of our page looks after them.
  if (onSignIn === undefined || !sameOrigin(request, publicOrigins)) return response
  try {
    const headers = await onSignIn(request, { ...signedIn, kind: 'user', roles: [] })
    const more = new Response(response.body, response)
    for (const [name, value] of Object.entries(headers)) more.headers.append(name, value)
    return more
  } catch (error) {
    onFailure('guest-not-kept', { error })
    return response
  }
}
