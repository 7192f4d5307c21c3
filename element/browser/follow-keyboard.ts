/**
 * Keyboards on the screen that cover the page instead of making it smaller (iOS): how much of the element lies behind one is
 * told to its style sheet as `--keyboard`, in pixels. Returns what ends it.
 */
export function followKeyboard(host: Element, style: CSSStyleDeclaration): () => void {
  const viewport = window.visualViewport
  if (!viewport) return () => undefined
  const measure = (): void => {
    // Somebody who has zoomed in sees less of the page, but no keyboard.
    const isZoomed = viewport.scale > 1.01
    const hidden = host.getBoundingClientRect().bottom - viewport.offsetTop - viewport.height
    const isTyping = host.matches(':focus-within')
    const covered =
      isZoomed || !isTyping ? 0 : Math.max(0, Math.min(hidden, window.innerHeight - viewport.height))
    style.setProperty('--keyboard', `${Math.round(covered)}px`)
  }
  viewport.addEventListener('resize', measure)
  viewport.addEventListener('scroll', measure)
  return () => {
    viewport.removeEventListener('resize', measure)
    viewport.removeEventListener('scroll', measure)
  }
}
