/** Enter also confirms a candidate of an input method; some browsers say so only with key code 229. */
export function isSendKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229
}
