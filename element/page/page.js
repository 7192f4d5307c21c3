/** The start screen of the page that comes with the server. */
const prompts = [
  { label: 'What is Parley, and what can it do?', prompt: 'What is Parley, and what can it do?' },
  { label: 'How do I connect a language model?', prompt: 'How do I connect a language model?' },
  {
    label: 'What happens to an answer when I reload?',
    prompt: 'What happens to a running answer when I reload the page?',
  },
  { label: 'How do I put the chat into my own page?', prompt: 'How do I embed the chat into my own page?' },
]

await customElements.whenDefined('parley-chat')
const chat = document.querySelector('parley-chat')
chat.setOptions({ startScreen: { prompts } })
chat.focusComposer()
