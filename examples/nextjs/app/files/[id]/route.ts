import { chat } from '../../../server/parley.ts'

/** A file, by the signed link that leads here. */
export async function GET(request: Request): Promise<Response> {
  return (await chat()).fetch(request)
}
