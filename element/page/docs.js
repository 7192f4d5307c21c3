/** The page to read and try the API: built from `/openapi.json` alone, as DOM nodes, never as HTML. */

/** Makes an element. Properties with a dash, `for`, `role` and `class` are attributes. */
function make(name, properties = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes('-') || key === 'for' || key === 'role' || key === 'class')
      element.setAttribute(key, value)
    else element[key] = value
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

const state = document.querySelector('#state')
const main = document.querySelector('main')

/** Follows a reference within the document. */
function resolve(schema, document) {
  const reference = schema?.$ref
  if (typeof reference !== 'string') return schema ?? {}
  return reference
    .slice(2)
    .split('/')
    .reduce((value, key) => value?.[key], document)
}

/** A value that fits, to begin with: what must be there, and what is simple. */
function exampleOf(given, document, depth = 0) {
  const schema = resolve(given, document)
  if (schema.default !== undefined) return schema.default
  if (schema.const !== undefined) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0]
  const choice = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (Array.isArray(choice)) {
    return choice.some((each) => each.type === 'null') ? null : exampleOf(choice[0], document, depth)
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object') {
    if (depth > 3) return {}
    const required = schema.required ?? []
    const shown = Object.entries(schema.properties ?? {}).filter(
      ([name]) => depth === 0 || required.includes(name),
    )
    return Object.fromEntries(shown.map(([name, each]) => [name, exampleOf(each, document, depth + 1)]))
  }
  if (type === 'array')
    return (schema.minItems ?? 0) > 0 ? [exampleOf(schema.items, document, depth + 1)] : []
  if (type === 'string') return schema.format === 'uuid' ? crypto.randomUUID() : ''
  if (type === 'integer' || type === 'number') return schema.minimum > 0 ? schema.minimum : 0
  return type === 'boolean' ? false : null
}

/** The schema with its references in their places, as deep as people read. */
function expanded(given, document, within = []) {
  if (Array.isArray(given)) return given.map((each) => expanded(each, document, within))
  if (typeof given !== 'object' || given === null) return given
  if (typeof given.$ref === 'string') {
    const name = given.$ref.split('/').at(-1)
    return within.includes(name)
      ? `${name}, as above`
      : expanded(resolve(given, document), document, [...within, name])
  }
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, expanded(value, document, within)]),
  )
}

const pretty = (value) => JSON.stringify(value, null, 2)

function parameterField(parameter, operationId) {
  const id = `${operationId}-${parameter.in}-${parameter.name}`
  const note = parameter.description ?? parameter.schema?.description
  const input = make('input', {
    id,
    required: parameter.required === true,
    autocomplete: 'off',
    spellcheck: false,
  })
  if (note !== undefined) input.setAttribute('aria-describedby', `${id}-note`)
  const label = `${parameter.name} (${parameter.in}${parameter.required ? ', required' : ''})`
  const field = make('div', { class: 'field' }, make('label', { for: id }, label), input)
  if (note !== undefined) field.append(make('p', { id: `${id}-note`, class: 'note' }, note))
  return { field, parameter, input }
}

/** What a request's body is written in: a text, or one input for each field of a form. */
function bodyField(operation, operationId, api) {
  const content = Object.entries(operation.requestBody?.content ?? {})
  if (content.length === 0) return null
  const [type, { schema }] = content.find(([each]) => each === 'application/json') ?? content[0]
  const id = `${operationId}-body`
  if (type === 'multipart/form-data') return formField(resolve(schema, api), id)
  const text = type === 'application/json' ? pretty(exampleOf(schema, api)) : ''
  const input = make('textarea', {
    id,
    rows: Math.min(16, text.split('\n').length + 1),
    value: text,
    spellcheck: false,
  })
  return {
    field: make('div', { class: 'field' }, make('label', { for: id }, `Body (${type})`), input),
    read: () => ({ body: input.value, headers: { 'content-type': type } }),
  }
}

function formField(schema, id) {
  const inputs = Object.entries(schema.properties ?? {}).map(([name, each]) => {
    const isFile =
      name === 'file' ||
      each.format === 'binary' ||
      each.contentEncoding !== undefined ||
      each.type === undefined
    return { name, input: make('input', { id: `${id}-${name}`, type: isFile ? 'file' : 'text' }) }
  })
  const rows = inputs.map(({ name, input }) =>
    make('div', { class: 'field' }, make('label', { for: input.id }, name), input),
  )
  return {
    field: make('fieldset', {}, make('legend', {}, 'Body (multipart/form-data)'), ...rows),
    read() {
      const form = new FormData()
      for (const { name, input } of inputs) {
        for (const value of input.files ?? [input.value]) if (value !== '') form.append(name, value)
      }
      return { body: form, headers: {} }
    },
  }
}

function addressOf(path, fields) {
  let address = path
  const query = new URLSearchParams()
  for (const { parameter, input } of fields) {
    if (parameter.in === 'path')
      address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value))
    else if (input.value !== '') query.set(parameter.name, input.value)
  }
  const search = query.toString()
  return search === '' ? address : `${address}?${search}`
}

/** Shows what comes, as it comes. */
async function show(response, output) {
  const headers = Array.from(response.headers, ([name, value]) => `${name}: ${value}`).join('\n')
  output.textContent = `${response.status} ${response.statusText}\n${headers}\n\n`
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  if (!isStream || response.body === null) {
    const text = await response.text()
    output.append(readable(text))
    return
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) output.append(part.value)
}

function readable(text) {
  try {
    return pretty(JSON.parse(text))
  } catch {
    return text
  }
}

function tryForm(path, method, { fields, body, streams }) {
  const output = make('pre', { tabIndex: 0, role: 'group', 'aria-label': 'Answer', hidden: true })
  const status = make('p', { role: 'status', class: 'note' })
  const send = make('button', { type: 'submit', class: 'send' }, 'Send')
  const stop = make('button', { type: 'button', disabled: true }, 'Stop')
  const stream = streams ? make('input', { type: 'checkbox', id: `${method}${path}-stream` }) : null
  const choice =
    stream === null
      ? null
      : make('div', { class: 'field' }, stream, make('label', { for: stream.id }, ' As a stream of events'))
  let leaving = new AbortController()
  stop.addEventListener('click', () => leaving.abort())
  const form = make('form')
  form.append(...fields.map(({ field }) => field))
  if (body !== null) form.append(body.field)
  if (choice !== null) form.append(choice)
  form.append(make('div', { class: 'buttons' }, send, stop), status, output)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    leaving.abort()
    leaving = new AbortController()
    const { signal } = leaving
    const token = document.querySelector('#token').value.trim()
    const sent = body === null ? { headers: {} } : body.read()
    const headers = {
      ...sent.headers,
      ...(stream?.checked ? { accept: 'text/event-stream' } : {}),
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    }
    status.className = 'note'
    status.textContent = 'Asking…'
    stop.disabled = false
    output.hidden = false
    output.textContent = ''
    try {
      const response = await fetch(addressOf(path, fields), { method, signal, ...sent, headers })
      status.textContent = `Answered with ${response.status}.`
      await show(response, output)
    } catch (error) {
      status.textContent = signal.aborted ? 'Stopped.' : `There is no answer: ${error.message}`
      if (!signal.aborted) status.className = 'failed'
    } finally {
      if (leaving.signal === signal) stop.disabled = true
    }
  })
  return form
}

function replyParts(operation, api) {
  return Object.entries(operation.responses).flatMap(([status, reply]) => {
    const kinds = Object.keys(reply.content ?? {})
    const schema = reply.content?.['application/json']?.schema
    const line = make('p', {}, make('strong', {}, status), ` ${reply.description} ${kinds.join(', ')}`)
    return schema === undefined || Number(status) >= 400 ? [line] : [line, ...schemaPart(schema, api, status)]
  })
}

function schemaPart(schema, api, name) {
  const text = pretty(expanded(schema, api))
  return [make('pre', { tabIndex: 0, role: 'group', 'aria-label': `Schema: ${name}` }, text)]
}

/** Filled when it is opened first: a page with all of them would be slow. */
function operationPart(path, method, { operation, shared }, api) {
  const { operationId } = operation
  const heading = make('h3', {}, make('span', { class: 'method' }, method), ' ', make('code', {}, path))
  const summary = make('summary', {}, heading, make('span', { class: 'words' }, operation.summary ?? ''))
  const part = make('details', { id: operationId }, summary)
  function fill() {
    if (part.childElementCount > 1) return
    const parameters = [...shared, ...(operation.parameters ?? [])].map((each) => resolve(each, api))
    const fields = parameters.map((each) => parameterField(each, operationId))
    const body = bodyField(operation, operationId, api)
    const isOpen = Array.isArray(operation.security) && operation.security.length === 0
    const kinds = Object.values(operation.responses).flatMap(({ content = {} }) => Object.keys(content))
    // Where there is nothing but a stream, nobody need ask for one.
    const streams =
      kinds.includes('text/event-stream') && operation.responses[200]?.content?.['application/json']
    if (operation.description !== undefined) part.append(make('p', {}, operation.description))
    if (isOpen) part.append(make('p', { class: 'note' }, 'Needs no credential.'))
    part.append(make('h4', {}, 'Try it'), tryForm(path, method, { fields, body, streams }))
    const given = operation.requestBody?.content?.['application/json']?.schema
    if (given !== undefined) part.append(make('h4', {}, 'Body'), ...schemaPart(given, api, 'body'))
    part.append(make('h4', {}, 'Replies'), ...replyParts(operation, api))
  }
  part.addEventListener('toggle', fill)
  return { part, fill }
}

const methods = ['get', 'post', 'put', 'patch', 'delete']

function render(api) {
  document.querySelector('#about').textContent = `${api.info.description ?? ''} Version ${api.info.version}.`
  const all = Object.entries(api.paths).flatMap(([path, item]) =>
    methods.flatMap((method) =>
      item[method] === undefined
        ? []
        : [{ path, method: method.toUpperCase(), operation: item[method], shared: item.parameters ?? [] }],
    ),
  )
  const opened = new Map()
  const sections = api.tags.map(({ name, description }, index) => {
    const id = `door-${index}`
    const own = all.filter(({ operation }) => operation.tags?.includes(name))
    const parts = own.map(({ path, method, ...rest }) => {
      const made = operationPart(path, method, rest, api)
      opened.set(rest.operation.operationId, made)
      return made.part
    })
    return {
      id,
      name,
      section: make(
        'section',
        { 'aria-labelledby': id },
        make('h2', { id }, name),
        make('p', {}, description ?? ''),
        ...parts,
      ),
    }
  })
  const links = sections.map(({ id, name }) => make('li', {}, make('a', { href: `#${id}` }, name)))
  document.querySelector('#contents').append(make('ul', {}, ...links))
  state.remove()
  main.append(...sections.map(({ section }) => section))
  openNamed(opened)
  addEventListener('hashchange', () => openNamed(opened))
}

/** `#postApiChatkitRespond` opens that operation. */
function openNamed(opened) {
  const named = opened.get(location.hash.slice(1))
  if (named === undefined) return
  named.fill()
  named.part.open = true
  named.part.scrollIntoView()
}

try {
  const response = await fetch('/openapi.json')
  if (!response.ok) throw new Error(`${response.status}`)
  render(await response.json())
} catch (error) {
  state.className = 'failed'
  state.textContent = `The document cannot be read: ${error.message}`
}
