/** Calls back when somebody looks at the page again, or its network is back. Returns what ends that. */
export function onReturn(look: () => void): () => void {
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') look()
  }
  document.addEventListener('visibilitychange', onVisible)
  window.addEventListener('focus', look)
  window.addEventListener('online', look)
  return () => {
    document.removeEventListener('visibilitychange', onVisible)
    window.removeEventListener('focus', look)
    window.removeEventListener('online', look)
  }
}
