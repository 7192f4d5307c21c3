/** Every text that the element says by itself. A locale is another value of this type. */
export interface Words {
  locale: string
  conversation: string
  greeting: string
  suggestions: string
  composerLabel: string
  composerPlaceholder: string
  send: string
  stop: string
  stopping: string
  newChat: string
  history: string
  close: string
  cancel: string
  dismiss: string
  retry: string
  reload: string
  youSaid: string
  answerSaid: string
  thinking: string
  reconnecting: string
  opening: string
  loadEarlier: string
  loading: string
  jumpToLatest: string
  copy: string
  copyAnswer: string
  copied: string
  copyCode: string
  code: string
  table: string
  image: (alt: string) => string
  sources: (count: number) => string
  source: (number: number, title: string) => string
  stopped: string
  interrupted: string
  failed: string
  partialFailed: string
  lost: string
  untitled: string
  noChats: string
  loadMore: string
  rename: string
  renameChat: (title: string) => string
  newTitle: string
  save: string
  remove: string
  deleteChat: (title: string) => string
  deleteQuestion: string
  deleteExplanation: (title: string) => string
  locked: string
  closed: string
  notSent: string
  unreachable: string
  signedOut: string
  tooMany: string
  tooLarge: string
  serverFailed: string
  garbled: string
  toolMissing: (name: string) => string
  toolPending: (name: string) => string
  toolDone: (name: string) => string
  reasoning: string
  steps: (count: number) => string
  thoughtFor: (seconds: number) => string
  question: string
  answered: (answer: string) => string
  skipped: string
  generatedImage: string
  widget: string
  unknownItem: string
  attachments: string
}

export const english: Words = {
  locale: 'en',
  conversation: 'Conversation',
  greeting: 'What can I help with today?',
  suggestions: 'Suggestions',
  composerLabel: 'Message',
  composerPlaceholder: 'Ask a question…',
  send: 'Send',
  stop: 'Stop',
  stopping: 'Stopping…',
  newChat: 'New chat',
  history: 'History',
  close: 'Close',
  cancel: 'Cancel',
  dismiss: 'Dismiss',
  retry: 'Try again',
  reload: 'Reload',
  youSaid: 'You',
  answerSaid: 'Answer',
  thinking: 'Working on it…',
  reconnecting: 'Reconnecting…',
  opening: 'Opening the conversation…',
  loadEarlier: 'Load earlier messages',
  loading: 'Loading…',
  jumpToLatest: 'Jump to latest',
  copy: 'Copy',
  copyAnswer: 'Copy answer',
  copied: 'Copied',
  copyCode: 'Copy code',
  code: 'Code',
  table: 'Table',
  image: (alt) => (alt === '' ? 'Image' : `Image: ${alt}`),
  sources: (count) => (count === 1 ? '1 source' : `${count} sources`),
  source: (number, title) => `Source ${number}: ${title}`,
  stopped: 'Stopped.',
  interrupted: 'The answer was interrupted before it was finished.',
  failed: 'Something went wrong, and there is no answer.',
  partialFailed: 'Something went wrong before the answer was finished.',
  lost: 'The answer could not be followed to its end.',
  untitled: 'Untitled chat',
  noChats: 'No chats yet.',
  loadMore: 'Load more',
  rename: 'Rename',
  renameChat: (title) => `Rename “${title}”`,
  newTitle: 'New title',
  save: 'Save',
  remove: 'Delete',
  deleteChat: (title) => `Delete “${title}”`,
  deleteQuestion: 'Delete this chat?',
  deleteExplanation: (title) => `“\u2068${title}\u2069” and everything in it will be gone for good.`,
  locked: 'This conversation is locked.',
  closed: 'This conversation is closed.',
  notSent: 'Your message was not sent.',
  unreachable: 'The server cannot be reached. Check your connection.',
  signedOut: 'You are not signed in any more. Reload the page to go on.',
  tooMany: 'That was too much at once. Wait a moment before you try again.',
  tooLarge: 'That is too long to send.',
  serverFailed: 'The server could not do that.',
  garbled: 'The server gave an answer that makes no sense here.',
  toolMissing: (name) => `This page cannot do “${name}”.`,
  toolPending: (name) => `Waiting for this page: ${name}`,
  toolDone: (name) => `Done by this page: ${name}`,
  reasoning: 'Thinking',
  steps: (count) => (count === 1 ? '1 step' : `${count} steps`),
  thoughtFor: (seconds) => (seconds === 1 ? 'Thought for 1 second' : `Thought for ${seconds} seconds`),
  question: 'Question',
  answered: (answer) => `Answer: ${answer}`,
  skipped: 'Skipped',
  generatedImage: 'Generated image',
  widget: 'Content',
  unknownItem: 'This part of the conversation cannot be shown here.',
  attachments: 'Attachments',
}
