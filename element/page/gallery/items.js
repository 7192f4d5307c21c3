/** What threads are made of, in short. */
let items = 0

function item(type, fields) {
  items += 1
  return {
    id: `item_${items}`,
    thread_id: 'thr_gallery',
    created_at: '2026-01-05T09:30:00Z',
    type,
    ...fields,
  }
}

export const question = (text, fields = {}) =>
  item('user_message', {
    content: typeof text === 'string' ? [{ type: 'input_text', text }] : text,
    attachments: [],
    inference_options: {},
    ...fields,
  })

export const answer = (text, fields = {}, annotations = []) =>
  item('assistant_message', { content: [{ type: 'output_text', text, annotations }], ...fields })

export const widget = (root, fields = {}) => item('widget', { widget: root, ...fields })

export const workflow = (fields) =>
  item('workflow', { workflow: { type: 'custom', expanded: false, tasks: [], ...fields } })

export const task = (fields) =>
  item('task', { task: { type: 'custom', status_indicator: 'none', ...fields } })

export const toolCall = (name, status) =>
  item('client_tool_call', { name, status, call_id: `call_${name}`, arguments: {} })

export const generatedImage = (url) =>
  item('generated_image', url === undefined ? {} : { image: { id: 'img_1', url } })

export const structuredInput = (status, inputs) => item('structured_input', { status, inputs })

export const added = (of) => ({ type: 'thread.item.added', item: of })
export const done = (of) => ({ type: 'thread.item.done', item: of })

/** A picture that needs nobody: a sun over a sea. */
export const picture = '/gallery/picture.svg'

export const title = (threadId, name, day, fields = {}) => ({
  id: threadId,
  created_at: `2026-01-${day}T09:30:00Z`,
  title: name,
  status: { type: 'active' },
  metadata: {},
  items: { data: [], has_more: false },
  ...fields,
})
