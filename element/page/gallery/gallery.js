/**
 * The gallery: a chat for each sample, all set by what stands in the address:
 *
 *   /gallery?scheme=dark&direction=rtl&density=compact&radius=round&accent=%23b4005a&locale=de-DE
 *   /gallery?only=widget-form      one sample alone, in the whole window; of several, only these
 *
 * A sample that shows what it is to show is marked with `data-ready`.
 */
import { scriptedFetch } from './scripted-fetch.js'
import { states } from './states.js'
import { widgets } from './widgets.js'

const groups = [
  { title: 'Conversations', samples: states },
  { title: 'Widgets', samples: widgets },
]

const choices = {
  scheme: ['', 'light', 'dark'],
  direction: ['', 'rtl'],
  density: ['', 'compact', 'spacious'],
  radius: ['', 'round', 'soft', 'sharp'],
  accent: ['', '#b4005a', '#ffd400', '#0f172a', '#2563eb'],
  level: ['', '0', '1', '2', '3'],
  gray: ['', '220', '30', '300'],
  size: ['', '14', '18'],
  locale: ['', 'en', 'ar', 'de-DE', 'es-ES', 'fr-FR', 'ja-JP', 'hi-IN', 'th-TH'],
}

const address = new URL(location.href)
const chosen = (name) => address.searchParams.get(name) ?? ''

function theme() {
  const accent = chosen('accent')
  const gray = chosen('gray')
  const size = chosen('size')
  // Of tests, which bring a font of their own.
  const font = chosen('font')
  return {
    ...given('colorScheme', chosen('scheme')),
    ...given('radius', chosen('radius')),
    ...given('density', chosen('density')),
    typography: {
      ...(size === '' ? {} : { baseSize: Number(size) }),
      ...(font === '' ? {} : { fontFamily: font, fontFamilyMono: font }),
    },
    color: {
      ...(accent === '' ? {} : { accent: { primary: accent, level: Number(chosen('level') || 2) } }),
      ...(gray === '' ? {} : { grayscale: { hue: Number(gray), tint: 6 } }),
    },
  }
}

const given = (name, value) => (value === '' ? {} : { [name]: value })

function optionsOf({ name, script = {}, isNew = false, options = {} }) {
  return {
    api: { url: `/gallery/server/${name}`, fetch: scriptedFetch(script) },
    ...given('locale', chosen('locale')),
    theme: theme(),
    frameTitle: name,
    initialThread: isNew ? null : 'thr_gallery',
    ...options,
  }
}

/** What is found in the chat, as soon as it is there. */
async function find(chat, selector) {
  for (;;) {
    const found = chat.shadowRoot.querySelector(selector)
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

const shown = []

async function show(sample, section) {
  const chat = document.createElement('parley-chat')
  const ready = new Promise((resolve) => chat.addEventListener('chatkit.ready', resolve, { once: true }))
  chat.setOptions(optionsOf(sample))
  shown.push({ chat, sample })
  section.append(chat)
  await ready
  const look = (selector) => find(chat, selector)
  // What is done to a thread is done once it is open.
  if (!sample.isNew && sample.act !== undefined) await look('[data-phase="ready"]')
  await sample.act?.(chat, look)
  await look(sample.ready)
  await look('.chat:not(:has([data-pending]))')
  section.dataset.ready = ''
}

function sectionOf(sample) {
  const section = document.createElement('section')
  section.id = sample.name
  section.className = sample.size ?? ''
  const heading = document.createElement('h3')
  const link = document.createElement('a')
  const alone = new URL(address)
  alone.searchParams.set('only', sample.name)
  link.href = alone.href
  link.textContent = sample.title
  heading.append(link)
  section.append(heading)
  return section
}

function overNote() {
  const note = document.createElement('p')
  note.className = 'over'
  note.textContent = 'Lies over the whole window: open it alone.'
  return note
}

function applyToPage() {
  const { documentElement } = document
  documentElement.dataset.scheme = chosen('scheme')
  if (chosen('direction') === '') documentElement.removeAttribute('dir')
  else documentElement.dir = chosen('direction')
}

function settings() {
  const fields = Object.entries(choices).map(([name, values]) => {
    const label = document.createElement('label')
    const select = document.createElement('select')
    for (const value of values) select.append(new Option(value === '' ? '–' : value, value))
    select.value = chosen(name)
    select.addEventListener('change', () => {
      address.searchParams.set(name, select.value)
      if (select.value === '') address.searchParams.delete(name)
      history.replaceState(null, '', address)
      applyToPage()
      for (const { chat, sample } of shown) chat.setOptions(optionsOf(sample))
    })
    label.append(name, select)
    return label
  })
  document.querySelector('#settings').append(...fields)
}

async function start() {
  applyToPage()
  settings()
  await customElements.whenDefined('parley-chat')
  const only = chosen('only')
    .split(',')
    .filter((name) => name !== '')
  document.documentElement.classList.toggle('alone', only.length === 1)
  const main = document.querySelector('main')
  for (const { title, samples } of groups) {
    const wanted = samples.filter(({ name }) => only.length === 0 || only.includes(name))
    if (wanted.length === 0) continue
    const heading = document.createElement('h2')
    heading.textContent = title
    main.append(heading)
    for (const sample of wanted) {
      const section = sectionOf(sample)
      main.append(section)
      if (sample.isOver && only.length !== 1) section.append(overNote())
      else void show(sample, section)
    }
  }
}

await start()
