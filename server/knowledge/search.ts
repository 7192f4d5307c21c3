/** Search in memory, for a handful of documents: BM25 (Robertson and Zaragoza 2009) over the terms of their passages. */
import { type Passage, type SourceDocument, splitDocument } from './passages.ts'
import { termsOf } from './terms.ts'

export interface PassageSearch {
  /** The best first, at most `limit`. Empty when nothing fits well enough. */
  find(query: string, limit: number): FoundPassage[]
  /** The documents' titles: what can be asked about. */
  readonly topics: string[]
}

export interface FoundPassage extends Passage {
  /** More is better; comparable only among the answers to one query. */
  score: number
}

/** How soon repeating a word stops helping, and how much long passages are held back: the usual values. */
const saturation = 1.2
const lengthPenalty = 0.75
/** A word in the headings counts as often as this. */
const headingWeight = 3
/** The least share of what the query asks for, weighed by rarity, that a passage must hold. */
const coverageMin = 0.3

interface Entry {
  passage: Passage
  /** Of the innermost heading. */
  headingTerms: string[]
  counts: Map<string, number>
  length: number
}

export function createPassageSearch(documents: SourceDocument[]): PassageSearch {
  const entries = documents.flatMap(splitDocument).map(createEntry)
  const lengthMean = entries.reduce((sum, entry) => sum + entry.length, 0) / Math.max(1, entries.length)
  const entriesByTerm = new Map<string, Entry[]>()
  for (const entry of entries) {
    for (const term of entry.counts.keys()) {
      const found = entriesByTerm.get(term)
      if (found) found.push(entry)
      else entriesByTerm.set(term, [entry])
    }
  }

  /** A word that nobody uses says as much as one that is used once: in few documents, most words are missing. */
  function rarity(term: string): number {
    const count = entriesByTerm.get(term)?.length ?? 1
    return Math.log(1 + (entries.length - count + 0.5) / (count + 0.5))
  }

  return {
    topics: [...new Set(entries.map((entry) => entry.passage.title))],
    find(query, limit) {
      const terms = [...new Set(termsOf(query))]
      const wanted = terms.reduce((sum, term) => sum + rarity(term), 0)
      const found = new Map<Entry, { score: number; held: number }>()
      for (const term of terms) {
        const weight = rarity(term)
        for (const entry of entriesByTerm.get(term) ?? []) {
          const before = found.get(entry) ?? { score: 0, held: 0 }
          const score = before.score + weight * frequency(entry, term, lengthMean)
          found.set(entry, { score, held: before.held + weight })
        }
      }
      return [...found]
        .filter(([, { held }]) => held >= coverageMin * wanted)
        .map(([entry, { score }]) => ({ ...entry.passage, score: score * (1 + headingShare(entry, terms)) }))
        .sort((first, second) => second.score - first.score)
        .slice(0, limit)
    },
  }
}

function createEntry(passage: Passage): Entry {
  const counts = new Map<string, number>()
  const add = (text: string, weight: number): void => {
    for (const term of termsOf(text)) counts.set(term, (counts.get(term) ?? 0) + weight)
  }
  const headingTerms = termsOf(passage.headings.at(-1) ?? '')
  add(passage.text, 1)
  add([passage.title, ...passage.headings].join(' '), headingWeight)
  return { passage, headingTerms, counts, length: termsOf(passage.text).length }
}

/** A heading that the query says whole is what was asked for; of a longer one, the share that it says. */
function headingShare({ headingTerms }: Entry, terms: string[]): number {
  const said = headingTerms.filter((term) => terms.includes(term))
  return headingTerms.length === 0 ? 0 : said.length / headingTerms.length
}

function frequency(entry: Entry, term: string, lengthMean: number): number {
  const count = entry.counts.get(term) ?? 0
  const length = 1 - lengthPenalty + lengthPenalty * (entry.length / Math.max(1, lengthMean))
  return (count * (saturation + 1)) / (count + saturation * length)
}
