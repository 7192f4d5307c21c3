const sheets = new Map<string, CSSStyleSheet>()

/** Constructed sheets are allowed by a policy that forbids inline styles. All elements of a page share one for each text. */
function styleSheet(text: string): CSSStyleSheet {
  let sheet = sheets.get(text)
  if (sheet === undefined) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
    sheets.set(text, sheet)
  }
  return sheet
}

/** Adds a style sheet to a shadow root, once. */
export function adoptStyle(root: ShadowRoot, text: string): void {
  const sheet = styleSheet(text)
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet)
}
