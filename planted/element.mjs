/** What could go wrong in the page. */

const markdown = 'element/markdown/elements.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const elementBugs = [
  {
    name: 'any-scheme-linked',
    breaks: ['MARKDOWN-4', 'MARKDOWN-3'],
    file: 'element/markdown/safe-url.ts',
    text: 'return schemes.has(url.protocol) ? url.href : undefined',
    instead: "return url.protocol !== 'javascript:' ? url.href : undefined",
    test: markdown,
    shows: 'MARKDOWN-3',
  },
  {
    name: 'address-checked-before-it-is-decoded',
    breaks: ['MARKDOWN-3'],
    file: 'element/markdown/elements.tsx',
    text: 'const url = safeUrl(withoutMarkers(decodeReferences(token.href)))',
    instead:
      'const url = /^(https?|mailto):|^[^:]*$/.test(token.href) ? decodeReferences(token.href) : undefined',
    test: markdown,
    shows: 'MARKDOWN-3',
  },
  {
    name: 'address-linked-as-it-was-written',
    breaks: ['MARKDOWN-3'],
    file: 'element/markdown/safe-url.ts',
    text: '? url.href : undefined',
    instead: '? address : undefined',
    test: markdown,
    shows: 'MARKDOWN-3',
  },
  {
    name: 'images-loaded-from-anywhere',
    breaks: ['MARKDOWN-4'],
    file: 'element/markdown/elements.tsx',
    text: 'return link(token, [parts.words.image(withoutMarkers(decodeReferences(token.text)))])',
    instead: 'return <img src={safeUrl(token.href)} alt={decodeReferences(token.text)} />',
    test: markdown,
    shows: 'MARKDOWN-4',
  },
  {
    name: 'links-with-an-opener',
    breaks: ['MARKDOWN-4'],
    file: 'element/markdown/elements.tsx',
    text: '<a href={url} target="_blank" rel="noopener noreferrer">',
    instead: '<a href={url} target="_blank">',
    test: markdown,
    shows: 'MARKDOWN-4',
  },
  {
    name: 'html-in-an-answer-parsed',
    breaks: ['MARKDOWN-3'],
    file: 'element/markdown/elements.tsx',
    text: 'return <p dir="auto">{textPieces(token.text.trimEnd(), parts)}</p>',
    instead: 'return <p dir="auto" dangerouslySetInnerHTML={{ __html: token.text }} />',
    test: markdown,
    shows: 'MARKDOWN-3',
  },
  {
    name: 'events-that-come-again-applied-again',
    breaks: ['ELEMENT-3'],
    file: 'element/store/run-events.ts',
    text: 'seq !== null && seq <= run.lastSeq',
    instead: 'seq !== null && seq < run.lastSeq',
    test: 'element/store/reduce.test.ts',
    shows: 'ELEMENT-3',
  },
  {
    name: 'a-decoder-for-each-chunk-in-the-page',
    breaks: ['ELEMENT-19'],
    file: 'element/transport/sse.ts',
    text: 'text += decoder.decode(bytes, { stream: true })',
    instead: 'text += decoder.decode(bytes)',
    test: 'element/transport/sse.test.ts',
    shows: 'ELEMENT-19',
  },
  {
    name: 'cut-frame-handed-out',
    breaks: ['ELEMENT-20', 'ELEMENT-3'],
    file: 'element/transport/create-transport.ts',
    text: 'const rest = numbered ? [] : parser.end().map(toFrame)',
    instead: 'const rest = parser.end().map(toFrame)',
    test: 'element/transport/create-transport.test.ts',
    shows: 'ELEMENT-20',
  },
]
