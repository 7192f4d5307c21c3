/** Colours code: what kind of word each piece is, as a tree. What it looks like is the style sheet's. */
import type { Element, Root } from 'hast'
import { createLowlight } from 'lowlight'
import { languageNamed, loadLanguage } from './languages.ts'

/** A piece of code, or pieces that are of one kind. */
export type Piece = string | { kind: Kind; pieces: Piece[] }

export type Kind =
  | 'added'
  | 'comment'
  | 'keyword'
  | 'meta'
  | 'name'
  | 'number'
  | 'removed'
  | 'string'
  | 'type'
  | 'value'

/** What the rules of the languages tell apart, and what of it we show. */
const kinds: Record<string, Kind> = {
  addition: 'added',
  attr: 'value',
  attribute: 'value',
  built_in: 'type',
  bullet: 'keyword',
  char: 'string',
  class: 'type',
  class_: 'type',
  code: 'string',
  comment: 'comment',
  deletion: 'removed',
  doctag: 'keyword',
  formula: 'number',
  function: 'name',
  keyword: 'keyword',
  link: 'string',
  literal: 'number',
  meta: 'meta',
  name: 'keyword',
  number: 'number',
  property: 'value',
  quote: 'comment',
  regexp: 'string',
  section: 'name',
  'selector-attr': 'value',
  'selector-class': 'type',
  'selector-id': 'name',
  'selector-pseudo': 'value',
  'selector-tag': 'keyword',
  string: 'string',
  symbol: 'string',
  'template-tag': 'meta',
  'template-variable': 'value',
  title: 'name',
  type: 'type',
  variable: 'value',
}

const lowlight = createLowlight()
const loads = new Map<string, Promise<void>>()

/** What is longer is shown without colours, for the page would stand still meanwhile. In UTF-16 code units. */
export const highlightedLengthMax = 50_000

/** Whether its language's rules are there. */
export function isReady(name: string): boolean {
  const language = languageNamed(name)
  return language !== undefined && lowlight.registered(language)
}

/** Resolves when the language's rules are there, or cannot be had: the next call tries again. */
export async function prepare(name: string): Promise<void> {
  const language = languageNamed(name)
  if (language === undefined || lowlight.registered(language)) return
  const loading = loads.get(language) ?? load(language)
  loads.set(language, loading)
  await loading
}

async function load(language: string): Promise<void> {
  try {
    const rules = await loadLanguage(language)
    if (rules) lowlight.register(language, rules)
  } catch {
    loads.delete(language)
  }
}

/** The code in pieces; as it is where its language is not known, not there yet, or the code too long. */
export function highlight(text: string, name: string): Piece[] {
  const language = languageNamed(name)
  if (language === undefined || !lowlight.registered(language) || text.length > highlightedLengthMax)
    return [text]
  return pieces(lowlight.highlight(language, text, { prefix: '' }))
}

function pieces({ children }: Root | Element): Piece[] {
  return children.flatMap((child): Piece[] => {
    if (child.type === 'text') return [child.value]
    if (child.type !== 'element') return []
    const kind = kindOf(child)
    return kind === undefined ? pieces(child) : [{ kind, pieces: pieces(child) }]
  })
}

/** The last of its names that we know: rules write them from the general to the special. */
function kindOf({ properties }: Element): Kind | undefined {
  const { className } = properties
  const names = Array.isArray(className) ? className : []
  return names.map((name) => kinds[name]).findLast((kind) => kind !== undefined)
}
