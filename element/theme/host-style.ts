/** Properties of the element itself, below those that a page sets in its style sheets. */
export interface HostStyle {
  style: CSSStyleDeclaration
  dispose(): void
}

export function createHostStyle(root: ShadowRoot): HostStyle {
  const sheet = new CSSStyleSheet()
  // As heavy as a selector for the element's attribute `theme`, behind which it comes: the option wins.
  sheet.replaceSync(':host(:not([_])){}')
  const [rule] = sheet.cssRules
  if (!(rule instanceof CSSStyleRule)) throw new Error('A style sheet of one rule has no rule')
  root.adoptedStyleSheets.push(sheet)
  return {
    style: rule.style,
    dispose() {
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((adopted) => adopted !== sheet)
    },
  }
}
