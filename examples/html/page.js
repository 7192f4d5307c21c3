await customElements.whenDefined('parley-chat')
const chat = document.querySelector('parley-chat')
chat.setOptions({
  startScreen: {
    greeting: 'Hello from a plain page',
    prompts: [{ label: 'What is Parley?', prompt: 'What is Parley?' }],
  },
})
chat.addEventListener('chatkit.thread.change', ({ detail }) => {
  document.title = detail.threadId ?? 'Parley in a plain page'
})
