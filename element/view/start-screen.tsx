import type { VNode } from 'preact'
import { textMessage } from '../chat/outgoing.ts'
import type { StartScreenPrompt } from '../options.ts'
import { NamedIcon } from '../icons/named-icon.tsx'
import type { Actions, ViewParts } from './view-parts.ts'

/** Where nothing has been said yet. */
export function StartScreen({ state, options, words, actions }: ViewParts): VNode {
  const { greeting = words.greeting, prompts = [] } = options.startScreen ?? {}
  return (
    <section className="start" part="start">
      <h2 dir="auto">{greeting}</h2>
      {prompts.length > 0 ? (
        <ul aria-label={words.suggestions}>
          {prompts.map(({ label, prompt, icon }, place) => (
            <li key={place}>
              <button
                type="button"
                className="prompt"
                part="prompt"
                dir="auto"
                aria-disabled={state.phase !== 'start'}
                onClick={() => {
                  actions.focusComposer()
                  void askPrompt(actions, prompt)
                }}
              >
                {icon === undefined ? null : <NamedIcon name={icon} />}
                <span>{label}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  )
}

async function askPrompt({ chat }: Actions, prompt: StartScreenPrompt['prompt']): Promise<void> {
  if (typeof prompt === 'string') return chat.ask(textMessage(prompt))
  const { pageMessage } = await import('../chat/page-messages.ts')
  return chat.ask(pageMessage({ content: prompt }))
}
