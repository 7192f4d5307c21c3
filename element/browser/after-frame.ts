/** A page that nobody sees draws no frames. */
const millisecondsMax = 200

/** Calls back once the page has been drawn, and what waits for that has been done. */
export function afterFrame(act: () => void): void {
  let isDone = false
  const once = (): void => {
    if (isDone) return
    isDone = true
    act()
  }
  requestAnimationFrame(() => setTimeout(once))
  setTimeout(once, millisecondsMax)
}
