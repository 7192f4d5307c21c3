/** Somebody else's OpenID Connect provider, for tests: it believes whoever it is told to, and checks what a client must show. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface OidcPerson {
  sub: string
  email: string
  email_verified: boolean
  name?: string
}

export interface OidcProvider {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  /** What a browser does that was sent there: somebody signs in. Resolves with where it is sent back to. */
  authorize(authorizationUrl: string, person: OidcPerson): string
  /** The access tokens that it has given away. */
  readonly accessTokens: string[]
  close(): Promise<void>
}

interface Grant {
  person: OidcPerson
  challenge: string | null
  redirectUri: string | null
}

export async function startOidcProvider(): Promise<OidcProvider> {
  const grants = new Map<string, Grant>()
  const persons = new Map<string, OidcPerson>()
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const [clientId, clientSecret] = ['parley', randomBytes(12).toString('hex')]

  async function answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    if (request.url === '/.well-known/openid-configuration') {
      const endpoints = { authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token` }
      return { status: 200, body: { issuer: url, ...endpoints, userinfo_endpoint: `${url}/userinfo` } }
    }
    if (request.url === '/userinfo') {
      const person = persons.get((request.headers.authorization ?? '').replace('Bearer ', ''))
      return person === undefined ? { status: 401, body: {} } : { status: 200, body: person }
    }
    const form = new URLSearchParams(await text(request))
    const grant = grants.get(form.get('code') ?? '')
    grants.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isClient = form.get('client_id') === clientId && form.get('client_secret') === clientSecret
    const isSame = grant?.challenge === challenge && grant.redirectUri === form.get('redirect_uri')
    if (grant === undefined || !isClient || !isSame) return { status: 400, body: { error: 'invalid_grant' } }
    const token = randomBytes(12).toString('hex')
    persons.set(token, grant.person)
    provider.accessTokens.push(token)
    return {
      status: 200,
      body: { access_token: token, refresh_token: `${token}r`, token_type: 'Bearer', expires_in: 60 },
    }
  }

  const provider: OidcProvider = {
    url,
    clientId,
    clientSecret,
    accessTokens: [],
    authorize(authorizationUrl, person) {
      const asked = new URL(authorizationUrl).searchParams
      const code = randomBytes(12).toString('hex')
      const redirectUri = asked.get('redirect_uri')
      grants.set(code, { person, challenge: asked.get('code_challenge'), redirectUri })
      const back = new URL(redirectUri ?? url)
      back.searchParams.set('code', code)
      back.searchParams.set('state', asked.get('state') ?? '')
      back.searchParams.set('iss', url)
      return back.href
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return provider
}
