/** How far something is: a bar that draws over itself on a terminal, and a line now and then anywhere else. */

export interface ProgressBar {
  show(progress: Progress): void
  /** Why nothing goes on just now. */
  note(text: string): void
  /** Once, at the end: what is said next stands on a line of its own. */
  end(): void
}

export interface Progress {
  /** From 0 to 1. Null: nobody knows, and there is no bar. */
  part: number | null
  /** What is behind the bar. */
  text: string
  /** Where there is no terminal, a line is said when this is another. Default: each tenth of the whole. Null: none. */
  mark?: number | null
}

export interface Terminal {
  say(text: string): void
  isTerminal: boolean
  /** Of the terminal, in characters. Default 80. */
  columns?: number
}

const barCharacters = 24
const marksInWhole = 10

export function createProgressBar({ say, isTerminal, columns = 80 }: Terminal): ProgressBar {
  let drawn = ''
  let told: number | null = null
  const draw = (whole: string): void => {
    const line = whole.slice(0, columns - 1)
    // Drawn anew only when it looks otherwise, and over all of what stood there.
    if (line !== drawn) say(`\r${line.padEnd(drawn.length)}`)
    drawn = line
  }
  return {
    show({ part, text, mark = Math.floor((part ?? 0) * marksInWhole) }) {
      if (isTerminal)
        return draw(part === null ? text : `${barOf(part)} ${percent(part).padStart(5)}  ${text}`)
      if (mark === null || mark === told) return
      told = mark
      say(`${part === null ? '' : `${percent(part)}  `}${text}\n`)
    },
    note(text) {
      if (isTerminal) draw(text)
      else say(`${text}\n`)
    },
    end() {
      if (drawn !== '') say('\n')
      drawn = ''
      told = null
    },
  }
}

/** How far, of a total. Nothing to do is all done. */
export function progressOf(what: string, done: number, total: number): Progress {
  return { part: total === 0 ? 1 : Math.min(1, done / total), text: `${done} of ${total}  ${what}` }
}

function barOf(part: number): string {
  const full = Math.round(part * barCharacters)
  return '█'.repeat(full) + '░'.repeat(barCharacters - full)
}

function percent(part: number): string {
  return `${Math.floor(part * 100)} %`
}
