/**
 * In the page: feeds a contestant at a steady pace, and notes when frames came. Every contestant gives
 * `open(messages)`, `begin()` with `push(text)` and `end()`, and `shown()`: the text at the end of what is on the screen.
 */

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve))

/** @param {{ open(messages: object[]): Promise<void>, begin(): Promise<{ push(text: string): void, end(): void }>, shown(): string }} contestant */
export function offer(contestant) {
  globalThis.contestant = {
    async open(messages, lastWords) {
      const began = performance.now()
      await contestant.open(messages)
      while (!contestant.shown().includes(lastWords)) await nextFrame()
      await nextFrame()
      return performance.now() - began
    },
    async stream({ text, charactersPerTick, tickMilliseconds, lastWords }) {
      const answer = await contestant.begin()
      const frames = []
      let before = performance.now()
      const began = before
      let isFed = false
      const feeding = feed({ text, charactersPerTick, tickMilliseconds, push: answer.push }).then(() => {
        answer.end()
        isFed = true
      })
      for (;;) {
        const now = await nextFrame()
        frames.push(now - before)
        before = now
        // Only then: looking costs, too.
        if (isFed && contestant.shown().includes(lastWords)) break
      }
      await feeding
      return { frames, milliseconds: performance.now() - began }
    },
  }
}

/** What a timer came too late for is made up for, so that all get the same in the same time, if they can. */
async function feed({ text, charactersPerTick, tickMilliseconds, push }) {
  const began = performance.now()
  for (let sent = 0; sent < text.length;) {
    await new Promise((resolve) => setTimeout(resolve, tickMilliseconds))
    const due = Math.ceil((performance.now() - began) / tickMilliseconds) * charactersPerTick
    // In pieces as they come from a model, however many are due.
    while (sent < Math.min(due, text.length)) {
      push(text.slice(sent, sent + charactersPerTick))
      sent += charactersPerTick
    }
  }
}
