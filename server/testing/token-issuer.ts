/** An issuer of tokens for tests: real keys, a real HTTP server with its key set, and all that can go wrong with one. */
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'

export interface IssuerKey {
  kid: string
  alg: string
  privateKey: CryptoKey
  publicKey: CryptoKey
  jwk: JWK
}

export async function createIssuerKey(alg: string, kid: string): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

export function signWith(
  key: Pick<IssuerKey, 'kid' | 'alg' | 'privateKey'>,
  payload: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const { kid, alg, privateKey } = key
  return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)
}

export interface TestIssuer {
  readonly url: string
  /** What the key set holds now. */
  published: JWK[]
  /** The paths that were asked for, in order. */
  readonly requests: string[]
  /** What it does in place of answering properly. */
  trouble: ((response: ServerResponse) => void) | null
  /** Added to or put in place of its discovery document. */
  discovery: Record<string, unknown>
  close(): Promise<void>
}

/** Serves keys wherever Clerk and Better Auth have them, and a discovery document. */
export async function startTestIssuer(keys: readonly IssuerKey[]): Promise<TestIssuer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    if (issuer.trouble !== null) return issuer.trouble(response)
    const isDiscovery = request.url === '/.well-known/openid-configuration'
    const document = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...issuer.discovery }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(isDiscovery ? document : { keys: issuer.published }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${port}`,
    published: keys.map(({ jwk }) => jwk),
    requests,
    trouble: null,
    discovery: {},
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return issuer
}
