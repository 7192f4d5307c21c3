/**
 * Which pages of other origins may read our answers. Source: https://fetch.spec.whatwg.org/#http-cors-protocol
 *
 *   Origin is listed ──▶ that origin, exactly, with credentials
 *   any origin may   ──▶ `*`, and never with credentials: a page without the person's cookies
 *   else             ──▶ nothing, and the browser keeps the answer to itself
 */
export interface CorsPolicy {
  /** Origins whose pages may ask with the person's cookies: `https://shop.example.org`, as browsers send them. */
  credentialedOrigins: readonly string[]
  /** Whether pages of every other origin may ask without cookies. */
  anyOrigin: boolean
  /** What a page may send beside what every page may. */
  allowedHeaders: readonly string[]
  /** Methods that pages are told they may use. Default: the address's own. */
  allowedMethods?: readonly string[]
  /** What a page may read beside what every page may. */
  exposedHeaders: readonly string[]
}

/** How long a browser need not ask again. */
const preflightSeconds = 600

/** For every answer, a problem too: without them a page cannot even read why it was refused. */
export function corsHeaders(request: Request, policy: CorsPolicy | undefined): Record<string, string> {
  if (policy === undefined) return {}
  // Also where there is no origin: a cache must not hand this answer to a page that has one.
  return { vary: 'Origin', ...allowance(request.headers.get('origin'), policy) }
}

function allowance(origin: string | null, policy: CorsPolicy): Record<string, string> {
  const exposed = { 'access-control-expose-headers': policy.exposedHeaders.join(', ') }
  // `null` is what sandboxed pages of anybody send, so it cannot be listed.
  if (origin !== null && origin !== 'null' && policy.credentialedOrigins.includes(origin)) {
    return {
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      ...exposed,
    }
  }
  return policy.anyOrigin ? { 'access-control-allow-origin': '*', ...exposed } : {}
}

/** The answer to a browser that asks whether it may ask. Undefined for every other request. */
export function preflight(
  request: Request,
  methods: readonly string[],
  policy: CorsPolicy | undefined,
): Response | undefined {
  if (request.method !== 'OPTIONS') return undefined
  const allow = { allow: [...methods, 'OPTIONS'].join(', ') }
  if (policy === undefined || !request.headers.has('access-control-request-method')) {
    return new Response(null, { status: 204, headers: allow })
  }
  const isAllowed = 'access-control-allow-origin' in corsHeaders(request, policy)
  const permission = {
    'access-control-allow-methods': (policy.allowedMethods ?? methods).join(', '),
    'access-control-allow-headers': policy.allowedHeaders.join(', '),
    'access-control-max-age': String(preflightSeconds),
  }
  return new Response(null, { status: 204, headers: isAllowed ? { ...allow, ...permission } : allow })
}
