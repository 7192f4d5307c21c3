/**
 * What a conversation can look like, each with a script for its server.
 *
 * @typedef {object} Sample
 * @property {string} name In addresses and in the names of pictures.
 * @property {string} title
 * @property {import('./scripted-fetch.js').Script} [script]
 * @property {boolean} [isNew] Whether it begins on the start screen.
 * @property {object} [options]
 * @property {string} ready What has to be there before it can be looked at, as a selector.
 * @property {(chat: HTMLElement, find: (selector: string) => Promise<HTMLElement>) => Promise<void> | void} [act]
 * @property {'low' | 'high'} [size]
 * @property {boolean} [isOver] Whether it lies over the whole window, so that it has to be looked at alone.
 */
import {
  asked,
  choice,
  cited,
  file,
  image,
  models,
  prompts,
  reasoning,
  rich,
  running,
  short,
  sources,
  started,
  steps,
  threads,
  tools,
} from './contents.js'
import { added, answer, done, generatedImage, picture, question, task, toolCall } from './items.js'

/** @type {Sample[]} */
export const states = [
  { name: 'start', title: 'Start', isNew: true, options: { startScreen: { prompts } }, ready: '.prompt' },
  {
    name: 'start-plain',
    title: 'Start, with a greeting of its own',
    isNew: true,
    options: {
      startScreen: { greeting: 'Where would you like to go?' },
      header: { title: { text: 'Travel' } },
    },
    ready: '.start',
    size: 'low',
  },
  {
    name: 'conversation',
    title: 'An answer with everything Markdown has',
    script: { items: [asked, answer(rich)] },
    ready: 'article.answer .table',
    size: 'high',
  },
  {
    name: 'actions',
    title: 'Feedback and another try',
    script: { items: [asked, short] },
    options: { threadItemActions: { feedback: true, retry: true } },
    ready: 'article.answer',
    size: 'low',
  },
  {
    name: 'waiting',
    title: 'Waiting for the first word',
    script: { ...running, events: [] },
    ready: '.dots',
    size: 'low',
  },
  {
    name: 'progress',
    title: 'Progress',
    script: {
      ...running,
      events: [{ type: 'progress_update', text: 'Reading the timetable…', icon: 'calendar' }],
    },
    ready: '.activity',
    size: 'low',
  },
  {
    name: 'streaming',
    title: 'Streaming',
    script: { ...running, events: started },
    ready: 'article.answer',
    size: 'low',
  },
  {
    name: 'reconnecting',
    title: 'Reconnecting',
    script: { ...running, stream: 'breaks', events: started },
    ready: '[data-phase="reconnecting"] .activity',
    size: 'low',
  },
  {
    name: 'failed',
    title: 'Failed before the first word',
    script: {
      ...running,
      stream: 'ends',
      events: [
        { type: 'error', code: 'custom', message: 'The model is overloaded.', allow_retry: true },
        { type: 'parley.run_ended', status: 'failed' },
      ],
    },
    ready: '.outcome-bad',
    size: 'low',
  },
  {
    name: 'partly-failed',
    title: 'Failed in the middle',
    script: {
      ...running,
      stream: 'ends',
      events: [
        ...started,
        done({ ...started[1].item, incomplete: 'failed' }),
        { type: 'error', code: 'stream.error', allow_retry: true },
        { type: 'parley.run_ended', status: 'failed' },
      ],
    },
    ready: '.outcome-bad',
    size: 'low',
  },
  {
    name: 'stopped',
    title: 'Stopped',
    script: {
      ...running,
      stream: 'ends',
      events: [
        ...started,
        done({ ...started[1].item, incomplete: 'cancelled' }),
        { type: 'parley.run_ended', status: 'cancelled' },
      ],
    },
    ready: '.outcome',
    size: 'low',
  },
  {
    name: 'notices',
    title: 'Notices',
    script: {
      ...running,
      events: [
        { type: 'notice', level: 'info', message: 'You are talking to a *test* version.' },
        { type: 'notice', level: 'warning', title: 'Nearly full', message: 'Ten messages are left today.' },
        {
          type: 'notice',
          level: 'danger',
          title: 'Out of date',
          message: 'Prices are from [last year](https://example.com).',
        },
      ],
    },
    ready: '.notice-danger',
  },
  {
    name: 'locked',
    title: 'Locked',
    script: {
      items: [asked, short],
      thread: { status: { type: 'locked', reason: 'Somebody is looking at it.' } },
    },
    ready: 'article.answer',
    size: 'low',
  },
  {
    name: 'closed',
    title: 'Closed',
    script: { items: [asked, short], thread: { status: { type: 'closed' } } },
    ready: '.closed',
    size: 'low',
  },
  {
    name: 'problem',
    title: 'A message that was refused',
    isNew: true,
    script: { refuse: { 'threads.create': 403 } },
    act: (chat) => chat.sendUserMessage({ text: 'Hello?' }).catch(() => undefined),
    ready: '.problem',
    size: 'low',
  },
  {
    name: 'opening',
    title: 'Opening',
    script: { refuse: { 'threads.get_by_id': 'never' } },
    ready: '[data-phase="opening"]',
    size: 'low',
  },
  {
    name: 'unopened',
    title: 'Could not be opened',
    script: { refuse: { 'threads.get_by_id': 404 } },
    ready: '.outcome-bad',
    size: 'low',
  },
  {
    name: 'earlier',
    title: 'More before it',
    script: { items: [asked, short], hasEarlier: true },
    ready: '.earlier',
    size: 'low',
  },
  {
    name: 'sources',
    title: 'Sources',
    script: { items: [asked, answer(cited, {}, sources)] },
    act: async (_chat, find) => (await find('.sources summary')).click(),
    ready: '.sources[open]',
  },
  { name: 'reasoning', title: 'Reasoning', script: { items: [asked, reasoning, short] }, ready: '.workflow' },
  {
    name: 'steps',
    title: 'Steps while it works',
    script: { ...running, items: [asked, steps] },
    ready: '.workflow',
  },
  {
    name: 'tasks',
    title: 'Tasks by themselves',
    script: {
      items: [
        asked,
        task({ title: 'Read the calendar', icon: 'calendar', status_indicator: 'complete' }),
        task({ title: 'Booked a table', content: 'For two, at **eight**.', status_indicator: 'complete' }),
        short,
      ],
    },
    ready: 'article.answer',
    size: 'low',
  },
  {
    name: 'tool',
    title: 'A tool of the page',
    script: { items: [asked, toolCall('open_map', 'completed'), short] },
    ready: 'article.answer',
    size: 'low',
  },
  {
    name: 'image',
    title: 'A generated image',
    script: { items: [asked, generatedImage(new URL(picture, location.href).href), short] },
    ready: 'article.answer',
  },
  {
    name: 'image-pending',
    title: 'An image that is being made',
    script: { ...running, items: [asked], events: [added(generatedImage())] },
    ready: '.chat',
    size: 'low',
  },
  {
    name: 'choice',
    title: 'A question to the person',
    script: { items: [asked, choice('pending', false)] },
    ready: '.chat',
  },
  {
    name: 'choice-answered',
    title: 'Answered questions',
    script: { items: [asked, choice('answered', true), short] },
    ready: 'article.answer',
  },
  {
    name: 'attachments',
    title: 'Files in a message, a quotation and a mention',
    script: {
      items: [
        question(
          [
            { type: 'input_text', text: 'Does this fit, ' },
            { type: 'input_tag', id: 'ana', text: 'Ana', data: {}, interactive: true },
            { type: 'input_text', text: '?' },
          ],
          { attachments: [file, image], quoted_text: 'Its lanes are best before ten in the morning.' },
        ),
        short,
      ],
    },
    ready: 'article.answer',
  },
  {
    name: 'composer',
    title: 'The composer with all it can have',
    isNew: true,
    options: {
      composer: {
        placeholder: 'Ask about a place…',
        attachments: { enabled: true },
        tools,
        models,
        dictation: { enabled: true },
      },
      disclaimer: { text: 'Answers may be **wrong**. [How it works](https://example.com/how)' },
    },
    ready: '.composer',
    size: 'low',
  },
  {
    name: 'draft',
    title: 'A draft with a quotation and a file',
    script: { items: [asked, short] },
    options: { composer: { attachments: { enabled: true }, tools, models } },
    act: (chat) =>
      chat.setComposerValue({
        text: 'And in the rain?\nOr on a Monday?',
        reply: 'Its lanes are best before ten in the morning.',
        attachments: [file, image],
        selectedToolId: 'maps',
      }),
    ready: 'article.answer',
  },
  {
    name: 'header',
    title: 'Buttons of the page in the header',
    script: { items: [asked, short] },
    options: {
      header: {
        leftAction: { icon: 'menu', label: 'Menu', onClick() {} },
        rightAction: { icon: 'settings-cog', label: 'Settings', onClick() {} },
      },
    },
    ready: 'article.answer',
    size: 'low',
  },
  {
    name: 'history',
    title: 'History',
    script: { items: [asked, short], threads },
    act: (chat) => chat.showHistory(),
    ready: '.threads li:nth-child(4)',
    isOver: true,
  },
  {
    name: 'history-empty',
    title: 'History without chats',
    isNew: true,
    act: (chat) => chat.showHistory(),
    ready: '.panel-note',
    isOver: true,
  },
  {
    name: 'renaming',
    title: 'A new title',
    script: { items: [asked, short], threads },
    act: async (chat, find) => {
      await chat.showHistory()
      const row = await find('.threads li:nth-child(2) .round')
      row.click()
    },
    ready: '.rename input',
    isOver: true,
  },
  {
    name: 'deleting',
    title: 'The question before a chat is deleted',
    script: { items: [asked, short], threads },
    act: async (chat, find) => {
      await chat.showHistory()
      const button = await find('.threads li:nth-child(2) .round:last-child')
      button.click()
    },
    ready: '.confirm[open]',
    isOver: true,
  },
]
