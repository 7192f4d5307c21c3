/** What the samples of states are made of: one journey to Lisbon. */
import { added, answer, picture, question, structuredInput, title, workflow } from './items.js'

export const asked = question('What should I see in Lisbon in three days?')
export const short = answer(
  'Begin in **Alfama**, the oldest quarter: its lanes are best before ten in the morning.',
)

export const rich = `Three days are enough for the heart of the city, if you walk.

## Day one
1. **Alfama** and the castle, early
2. Lunch at the *Feira da Ladra* (Tuesdays and Saturdays only)
   - cash is easier than a card
   - it ends at six
3. The [tram museum](https://example.com/trams) by the river

> Shoes matter more than the plan: every street is a hill.

| Place | Opens | Ticket |
| --- | :---: | ---: |
| Castle | 9:00 | 15.00 |
| Tiles museum | 10:00 | 8.00 |
| Tower of Belém | 9:30 | 12.50 |

### For the way
Ask for the next tram with \`tram --line 28\`, or:

\`\`\`ts
const next = await trams.next({ line: 28, from: 'Graça' })
console.log(\`in \${next.minutes} minutes\`)
\`\`\`

- [x] Book the castle
- [ ] Pack a jacket

---

That is all you need.`

export const annotation = (index, source) => ({ type: 'annotation', index, source })
export const cited =
  'The castle opens at nine. The tiles museum was a convent until 1869, and its tiles reach back further.'
export const sources = [
  annotation(25, {
    type: 'url',
    title: 'Opening hours of the castle',
    url: 'https://example.com/castle',
    description: 'Daily, all year round',
  }),
  annotation(67, { type: 'file', title: 'History of the convent', filename: 'convent.pdf' }),
  annotation(102, {
    type: 'entity',
    id: 'tiles',
    title: 'The collection of tiles',
    icon: 'cube',
    interactive: true,
    data: {},
  }),
]

export const reasoning = workflow({
  type: 'reasoning',
  expanded: true,
  summary: { duration: 12 },
  tasks: [
    {
      type: 'thought',
      status_indicator: 'complete',
      title: 'What three days allow',
      content: 'The quarters lie close together, so **a quarter a day** leaves time to sit down.',
    },
    { type: 'thought', status_indicator: 'complete', content: 'Mondays are bad for museums.' },
  ],
})

export const steps = workflow({
  expanded: true,
  tasks: [
    {
      type: 'custom',
      status_indicator: 'complete',
      title: 'Read the calendar',
      icon: 'calendar',
      content: 'Three free days in May.',
    },
    {
      type: 'web_search',
      status_indicator: 'complete',
      title: 'Looked for opening hours',
      queries: ['castle opening hours', 'tiles museum tickets'],
      sources: [{ type: 'url', title: 'Castle', url: 'https://example.com/castle' }],
    },
    {
      type: 'file',
      status_indicator: 'complete',
      title: 'Read the guide',
      sources: [{ type: 'file', title: 'Guide', filename: 'guide.pdf' }],
    },
    { type: 'image', status_indicator: 'loading', title: 'Looking at the map' },
  ],
})

export const choice = (status, answered) =>
  structuredInput(status, [
    {
      type: 'multiple_choice',
      id: 'pace',
      question: 'How do you like to travel?',
      options: [{ value: 'Slowly' }, { value: 'A bit of everything' }, { value: 'As much as possible' }],
      multiple: false,
      ...(answered ? { answer: { values: ['Slowly'], skipped: false } } : {}),
    },
    {
      type: 'freeform',
      id: 'notes',
      question: 'Anything else?',
      description: 'Allergies, fears, wishes',
      ...(answered ? { answer: { values: [], skipped: true } } : {}),
    },
  ])

export const started = [
  { type: 'stream_options', stream_options: { allow_cancel: true } },
  added(answer('Begin in **Alfama**, the oldest quarter: its lanes are')),
]
export const running = { items: [asked], stream: 'hangs' }
export const file = { id: 'atc_1', type: 'file', name: 'itinerary.pdf', mime_type: 'application/pdf' }
export const image = {
  id: 'atc_2',
  type: 'image',
  name: 'harbour.svg',
  mime_type: 'image/svg+xml',
  preview_url: picture,
}

export const prompts = [
  { label: 'Plan three days in Lisbon', prompt: 'Plan three days in Lisbon', icon: 'compass' },
  {
    label: 'What does a tram ticket cost?',
    prompt: 'What does a tram ticket cost?',
    icon: 'circle-question',
  },
  { label: 'Where do people swim?', prompt: 'Where do people swim?', icon: 'globe' },
  { label: 'Write a postcard to my grandmother', prompt: 'Write a postcard', icon: 'write' },
]

export const threads = [
  title('thr_gallery', 'A trip to Lisbon', '05'),
  title('thr_2', 'Postcard to grandmother', '04'),
  title('thr_3', undefined, '03'),
  title('thr_4', 'A title that is much longer than the place there is for it in the list', '02'),
]

export const tools = [
  { id: 'search', label: 'Search the web', icon: 'globe', shortLabel: 'Search', pinned: true },
  { id: 'maps', label: 'Maps', icon: 'map-pin', placeholderOverride: 'Where to?' },
]
export const models = [
  { id: 'quick', label: 'Quick', description: 'For most questions', default: true },
  { id: 'deep', label: 'Deep', description: 'Thinks before it answers' },
]
