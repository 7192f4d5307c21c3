/** The API's own document as what a generator and a judge need of it: whatever operation it tells of is asked and judged. */
import { z } from 'zod'

export type Schema = Readonly<Record<string, unknown>>

export interface Operation {
  /** `POST /api/chats/{id}` */
  name: string
  method: string
  path: string
  /** Whose door it is. */
  door: string
  /** Whether one may show nothing. */
  isOpen: boolean
  parameters: readonly Parameter[]
  /** By media type. */
  bodies: readonly { type: string; schema: Schema }[]
  isBodyRequired: boolean
  replies: ReadonlyMap<number, Reply>
}

export interface Parameter {
  name: string
  in: 'path' | 'query'
  isRequired: boolean
  schema: Schema
}

export interface Reply {
  /** By media type; undefined where the document does not say what is in it. */
  types: ReadonlyMap<string, z.ZodType | undefined>
}

export interface ApiDocument {
  operations: readonly Operation[]
  /** What a `$ref` stands for; anything else is itself. */
  resolve(schema: Schema): Schema
}

interface RawOperation {
  security?: object[]
  tags: [string]
  parameters?: { name: string; in: 'path' | 'query'; required: boolean; schema: Schema }[]
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

interface RawDocument {
  paths: Record<string, Record<string, RawOperation>>
  components: { schemas: Record<string, Schema> }
}

const place = '#/components/schemas/'

/** `text`: the answer of `/openapi.json`. */
export function readDocument(text: string): ApiDocument {
  const { paths, components } = JSON.parse(text) as RawDocument
  const checks = createChecks(components.schemas)
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]): Operation => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      door: raw.tags[0],
      isOpen:
        raw.security?.every((each) => Object.keys(each).length > 0) === false || raw.security?.length === 0,
      parameters: (raw.parameters ?? []).map(({ name, in: where, required, schema }) => ({
        name,
        in: where,
        isRequired: required,
        schema,
      })),
      bodies: Object.entries(raw.requestBody?.content ?? {}).map(([type, { schema }]) => ({ type, schema })),
      isBodyRequired: raw.requestBody?.required ?? false,
      replies: new Map(
        Object.entries(raw.responses).map(([status, { content = {} }]) => [
          Number(status),
          { types: new Map(Object.entries(content).map(([type, { schema }]) => [type, checks(schema)])) },
        ]),
      ),
    })),
  )
  return {
    operations,
    resolve(schema) {
      const reference = schema['$ref']
      if (typeof reference !== 'string') return schema
      return components.schemas[reference.slice(place.length)] ?? {}
    },
  }
}

type Definitions = NonNullable<Extract<Parameters<typeof z.fromJSONSchema>[0], object>['$defs']>

/** What a reply must look like, made of the document alone. A name is looked at once, however many replies have it. */
function createChecks(schemas: Record<string, Schema>): (schema: Schema) => z.ZodType | undefined {
  const made = new Map<string, z.ZodType>()
  const definitions = JSON.parse(JSON.stringify(schemas).replaceAll(place, '#/$defs/')) as Definitions
  return (schema) => {
    const text = JSON.stringify(schema).replaceAll(place, '#/$defs/')
    if (text === '{"type":"string"}') return undefined
    const known = made.get(text)
    if (known !== undefined) return known
    const check = z.fromJSONSchema({ $defs: definitions, ...(JSON.parse(text) as object) })
    made.set(text, check)
    return check
  }
}
