export interface Drawing {
  /** The picture is out of date. */
  ask(): void
  cancel(): void
}

/** Gathers the changes of a frame into one rendering. A hidden page gets no frames, and still has to keep up. */
export function createDrawing(draw: () => void): Drawing {
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const cancel = (): void => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    timer = undefined
  }
  const run = (): void => {
    cancel()
    draw()
  }
  return {
    ask() {
      if (timer !== undefined) return
      frame = requestAnimationFrame(run)
      timer = setTimeout(run, 200)
    },
    cancel,
  }
}
