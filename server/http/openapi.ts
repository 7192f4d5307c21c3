/**
 * The doors' routes as an OpenAPI document, from the very schemas that check requests. What a schema is called there is its
 * `meta({ id })`. Sources: https://spec.openapis.org/oas/v3.1.1, https://spec.openapis.org/oas/v3.0.4
 */
import { z } from 'zod'
import type { Door, ReplyShape, RouteShape } from './door.ts'

export type OpenApiVersion = '3.1' | '3.0'

export interface OpenApiOptions {
  version: OpenApiVersion
  title: string
  /** The product's. */
  productVersion: string
  description?: string
  /** Our public address. */
  url?: string
  /** Ways to say who one is; routes of doors that need none say so with `security: []`. */
  securitySchemes: Readonly<Record<string, Json>>
}

type Json = { readonly [name: string]: unknown }
type Route = RouteShape<unknown, unknown, unknown, unknown>
type Components = Map<string, Json>

/** @param isOpen Whether a route's access lets in who shows nothing. */
export function openApiDocument(
  doors: readonly Door[],
  options: OpenApiOptions,
  isOpen: (access: unknown) => boolean,
): Json {
  const components: Components = new Map()
  const convert = createConversion(options.version, components)
  const security = Object.keys(options.securitySchemes).map((name) => ({ [name]: [] }))
  const paths: Record<string, Record<string, Json>> = {}
  for (const { options: door } of doors) {
    for (const route of door.routes as readonly Route[]) {
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
      paths[path] = {
        ...paths[path],
        [route.method]: {
          tags: [door.title],
          operationId: operationId(route),
          ...described(route, convert),
          responses: { ...replies(route, convert), ...problems(door, convert) },
          ...(isOpen(route.access) ? { security: [] } : {}),
          ...(route.makesGuests === true ? { security: [...security, {}] } : {}),
        },
      }
    }
  }
  return {
    openapi: options.version === '3.1' ? '3.1.1' : '3.0.4',
    info: {
      title: options.title,
      version: options.productVersion,
      ...(options.description === undefined ? {} : { description: options.description }),
    },
    ...(options.url === undefined ? {} : { servers: [{ url: options.url }] }),
    tags: doors.map(({ options: { title, description } }) => ({ name: title, description })),
    paths,
    components: {
      schemas: Object.fromEntries([...components].toSorted(([one], [other]) => (one < other ? -1 : 1))),
      securitySchemes: options.securitySchemes,
    },
    security,
  }
}

/** `get /api/chats/:id/stream` is `getApiChatsByIdStream`: the same name for as long as the address is the same. */
function operationId({ method, path }: Route): string {
  const words = path.split(/[/_-]/).filter((word) => word !== '')
  return [method, ...words.map((word) => (word.startsWith(':') ? `by-${word.slice(1)}` : word))]
    .flatMap((word) => word.split('-'))
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('')
}

type Convert = (schema: z.ZodType, direction: 'input' | 'output') => Json

function described(route: Route, convert: Convert): Json {
  const parameters = [...fields(route.params, 'path', convert), ...fields(route.query, 'query', convert)]
  const content = {
    ...(route.body === undefined ? {} : { 'application/json': { schema: convert(route.body, 'input') } }),
    ...mapValues(route.otherBodies ?? {}, (schema) => ({ schema: convert(schema, 'input') })),
  }
  return {
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(Object.keys(content).length === 0
      ? {}
      : { requestBody: { required: route.isBodyOptional !== true, content } }),
  }
}

function fields(schema: z.ZodType | undefined, place: 'path' | 'query', convert: Convert): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = convert(schema, 'input') as {
    properties?: Record<string, Json>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, { description, ...type }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: type,
  }))
}

function replies({ replies: shapes }: Route, convert: Convert): Json {
  return mapValues(shapes, ({ description, schema, mediaTypes = [] }: ReplyShape) => {
    const content = {
      ...(schema === undefined ? {} : { 'application/json': { schema: convert(schema, 'output') } }),
      ...Object.fromEntries(mediaTypes.map((type) => [type, { schema: { type: 'string' } }])),
    }
    return { description, ...(Object.keys(content).length === 0 ? {} : { content }) }
  })
}

function problems(
  { problemSchema, problemStatuses, problemTypes = [] }: Door['options'],
  convert: Convert,
): Json {
  const content = {
    'application/json': { schema: convert(problemSchema, 'output') },
    ...Object.fromEntries(problemTypes.map((type) => [type, { schema: { type: 'string' } }])),
  }
  return Object.fromEntries(
    problemStatuses.map((status) => [status, { description: phrases.get(status) ?? 'A problem', content }]),
  )
}

const phrases = new Map([
  [400, 'The request is not valid.'],
  [401, 'Nobody is signed in, or what was shown is not valid.'],
  [403, 'That is not allowed.'],
  [404, 'There is no such thing, or it is somebody else’s.'],
  [405, 'The address is asked with another method.'],
  [409, 'That is not possible in the state that things are in.'],
  [413, 'The request is too large.'],
  [415, 'The content type is not one that is taken here.'],
  [416, 'There is no such range in the file.'],
  [422, 'The request is not valid.'],
  [429, 'Too many requests. `Retry-After` says when to come back.'],
  [500, 'Something went wrong on the server.'],
  [501, 'This server, or its agent, cannot do that.'],
  [502, 'The language model has failed.'],
  [503, 'Something that is needed does not answer at the moment.'],
  [504, 'That took too long.'],
  [507, 'There is no room left.'],
])

/** Schemas with a name become components; one that is another thing on its way in than on its way out gets two. */
function createConversion(version: OpenApiVersion, components: Components): Convert {
  return (schema, direction) => {
    const { root, named } = render(schema, version, direction)
    const changed = direction === 'input' ? changedNames(named, render(schema, version, 'output').named) : []
    const rename = new Map(changed.map((name) => [name, `${name}Input`]))
    for (const [name, json] of named) components.set(rename.get(name) ?? name, withReferences(json, rename))
    return withReferences(root, rename)
  }
}

interface Rendered {
  /** A reference, when it has a name itself. */
  root: Json
  named: ReadonlyMap<string, Json>
}

function render(schema: z.ZodType, version: OpenApiVersion, direction: 'input' | 'output'): Rendered {
  const json = z.toJSONSchema(schema, {
    io: direction,
    unrepresentable: 'any',
    target: version === '3.1' ? 'draft-2020-12' : 'openapi-3.0',
  }) as Json
  const { $defs = {}, definitions = $defs, ...own } = json
  const named = Object.entries(definitions as Record<string, Json>).map(([name, each]): [string, Json] => [
    name,
    withoutNames(each),
  ])
  const { id } = own
  const root = withoutNames(own)
  if (typeof id !== 'string') return { root, named: new Map(named) }
  return { root: { $ref: `${localPlaces[0]}${id}` }, named: new Map([...named, [id, root]]) }
}

/** Those that differ, and those that mention one of them. */
function changedNames(named: Rendered['named'], before: Rendered['named']): string[] {
  const changed = new Set<string>()
  for (let count = -1; count < changed.size;) {
    count = changed.size
    for (const [name, json] of named) {
      const text = JSON.stringify(json)
      const mentions = [...changed].some((other) =>
        localPlaces.some((place) => text.includes(`"$ref":"${place}${other}"`)),
      )
      if (mentions || text !== JSON.stringify(before.get(name))) changed.add(name)
    }
  }
  return [...changed]
}

const localPlaces = ['#/$defs/', '#/definitions/'] as const

function withReferences(json: Json, rename: ReadonlyMap<string, string>): Json {
  return JSON.parse(JSON.stringify(json), (key, value: unknown) => {
    const place =
      key === '$ref' && typeof value === 'string'
        ? localPlaces.find((each) => value.startsWith(each))
        : undefined
    if (place === undefined || typeof value !== 'string') return value
    const name = value.slice(place.length)
    return `#/components/schemas/${rename.get(name) ?? name}`
  }) as Json
}

/** Of a schema by itself; components are named by their place. */
function withoutNames(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([name]) => name !== 'id' && name !== '$schema'))
}

function mapValues<Value>(values: Readonly<Record<string, Value>>, change: (value: Value) => Json): Json {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
}
