/**
 * A server in the page: answers the operations of the ChatKit door for one sample, which says what there is.
 *
 * @typedef {object} Script
 * @property {object} [thread] What the open thread has beside its id.
 * @property {object[]} [items] Oldest first.
 * @property {object[]} [events] What the thread's run streams.
 * @property {'hangs' | 'ends' | 'breaks'} [stream] What comes behind them. Without it there is no run.
 * @property {object[]} [threads] What the history lists, newest first.
 * @property {Record<string, number | 'never'>} [refuse] Operations that are answered with a status, or never.
 * @property {boolean} [hasEarlier] Whether something comes before the items.
 */
const threadId = 'thr_gallery'
const runId = 'run_gallery'

/** @param {Script} script */
export function scriptedFetch(script) {
  return async (_url, { body, signal }) => {
    const request = JSON.parse(body)
    const refusal = script.refuse?.[request.type]
    if (refusal === 'never')
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', reject))
    if (refusal !== undefined) return refused(refusal)
    const answer = answers[request.type]
    return answer === undefined ? Response.json({}) : answer(script, request.params)
  }
}

const answers = {
  'threads.get_by_id': (script) =>
    Response.json({
      ...emptyThread,
      ...script.thread,
      run: script.stream ? { id: runId, status: 'running', last_seq: 0 } : null,
    }),
  'items.list': ({ items = [], hasEarlier = false }) =>
    Response.json({
      data: items.toReversed(),
      has_more: hasEarlier,
      ...(hasEarlier ? { after: items[0].id } : {}),
    }),
  'threads.list': ({ threads = [] }) => Response.json({ data: threads, has_more: false }),
  'threads.create': streamed,
  'threads.add_user_message': streamed,
  'parley.resume': streamed,
}

const emptyThread = {
  id: threadId,
  created_at: '2026-01-05T09:30:00Z',
  title: 'A trip to Lisbon',
  status: { type: 'active' },
  metadata: {},
  items: { data: [], has_more: false },
}

function refused(status) {
  const error = { message: 'The sample says no.', type: 'error', param: null, code: 'gallery' }
  return Response.json({ error }, { status })
}

/** The events, numbered; those that the client has are left out. */
function streamed({ events = [], stream = 'ends' }, { after = 0 }) {
  if (stream === 'breaks' && after > 0) return Promise.reject(new TypeError('The sample has no network.'))
  const text = events
    .map((event, place) => ({ seq: place + 1, event }))
    .filter(({ seq }) => seq > after)
    .map(({ seq, event }) => `id: ${seq}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('')
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(`: \n\n${text}`))
      if (stream !== 'hangs') controller.close()
    },
  })
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream', 'Parley-Run': runId, 'Parley-Thread': threadId },
  })
}
