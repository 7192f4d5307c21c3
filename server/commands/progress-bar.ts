/** How far something is: a bar that draws over itself on a terminal, and a line now and then anywhere else. */

export interface ProgressBar {
  /** `what` is done now: a table, a file. */
  show(progress: { what: string; done: number; total: number }): void
  /** Once, at the end: what is said next stands on a line of its own. */
  end(): void
}

export interface ProgressBarOptions {
  say(text: string): void
  isTerminal: boolean
  /** Of the terminal, in characters. Default 80. */
  columns?: number
}

const barCharacters = 24
/** Without a terminal: a line for each so many of a hundred. */
const hundredthsBetween = 10

export function createProgressBar({ say, isTerminal, columns = 80 }: ProgressBarOptions): ProgressBar {
  let shown = ''
  return {
    show({ what, done, total }) {
      // Nothing to do is all done.
      const part = total === 0 ? 1 : Math.min(1, done / total)
      const hundredths = Math.floor(part * 100)
      if (isTerminal) {
        const full = Math.round(part * barCharacters)
        const bar = '█'.repeat(full) + '░'.repeat(barCharacters - full)
        const line = `${bar} ${String(hundredths).padStart(3)} %  ${done} of ${total}  ${what}`.slice(
          0,
          columns - 1,
        )
        // Drawn anew only when it looks otherwise, and over all of what stood there.
        if (line !== shown) say(`\r${line.padEnd(shown.length)}`)
        shown = line
        return
      }
      const step = `${hundredths - (hundredths % hundredthsBetween)} %`
      if (step !== shown) say(`${step}  ${done} of ${total}  ${what}\n`)
      shown = step
    },
    end() {
      if (isTerminal && shown !== '') say('\n')
      shown = ''
    },
  }
}
