import { signedInToken } from '../../server/identity.ts'
import { chat } from '../../server/parley.ts'

/** The ChatKit door, for whoever is signed in: what a browser shows by cookie goes on as a token. */
export async function POST(request: Request): Promise<Response> {
  const headers = new Headers(request.headers)
  const token = await signedInToken()
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  return (await chat()).fetch(new Request(request, { headers }))
}
