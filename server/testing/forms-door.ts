/** A door with what few doors have: a form with a file, a query, and a schema that mentions itself. */
import { z } from 'zod'
import { createDoor, routesFor } from '../http/door.ts'
import type { Door } from '../http/door.ts'

export function createFormsDoor(): Door {
  interface Node {
    name: string
    children?: Node[] | undefined
  }
  const node: z.ZodType<Node> = z
    .object({ name: z.string(), children: z.lazy(() => z.array(node)).optional() })
    .meta({ id: 'Node' })
  const route = routesFor<null, 'public'>()
  return createDoor<'public'>({
    title: 'Forms',
    description: 'For tests',
    routes: [
      route(
        {
          method: 'post',
          path: '/forms/:name',
          summary: 'Takes a file',
          access: 'public',
          params: z.object({ name: z.string() }),
          query: z.object({ loud: z.string().optional().describe('Whether to shout.') }),
          otherBodies: { 'multipart/form-data': z.object({ file: z.file(), words: z.string() }) },
          replies: { 200: { description: 'What has come', schema: z.object({ tree: node }) } },
        },
        async ({ request, params, query }) => {
          const form = await request.formData()
          const file = form.get('file')
          const fileName = file instanceof File ? file.name : null
          return Response.json({ ...params, ...query, fileName, words: form.get('words') })
        },
      ),
    ],
    admit: async () => ({ caller: null, headers: {}, release() {} }),
    encodeProblem: ({ message, status }) => Response.json({ message }, { status }),
    problemSchema: z.object({ message: z.string() }).meta({ id: 'Problem' }),
    problemStatuses: [400],
  })
}
