/** What answers: a language model where one is configured, and a few sentences of our own where none is. */
import type { Agent, createModel, createModelAgent, createTextDelta } from '@parley/server'
import { readSettings } from './settings.ts'

interface Parts {
  createModel: typeof createModel
  createModelAgent: typeof createModelAgent
  createTextDelta: typeof createTextDelta
}

export function createSupportAgent(parts: Parts): Agent {
  const { model, modelKey: apiKey, modelUrl: baseUrl } = readSettings()
  if (model === undefined) return withoutModel(parts)
  return parts.createModelAgent({
    model: parts.createModel({
      provider: 'openai',
      model,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
    }),
    instructions: 'You are the support assistant of a small shop. Be brief, and never invent anything.',
  })
}

const withoutModel = ({ createTextDelta: textDelta }: Parts): Agent => ({
  async *respond(context, message) {
    const files = message?.attachments.length ?? 0
    const seen = files === 0 ? '' : ` I have your ${files === 1 ? 'file' : `${files} files`}.`
    const text = `Thank you, I have noted that.${seen} If you would like a person to look at it, open a ticket.`
    const item = {
      id: context.createId('assistant_message'),
      thread_id: context.thread.id,
      created_at: context.now().toISOString(),
      type: 'assistant_message' as const,
      content: [{ type: 'output_text' as const, text: '', annotations: [] }],
    }
    yield { type: 'item-added', item }
    yield textDelta(item.id, text)
    yield { type: 'item-done', item: { ...item, content: [{ type: 'output_text', text, annotations: [] }] } }
  },
})
