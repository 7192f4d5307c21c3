/** What could go wrong between a language model and its answer. */

const openAi = 'server/models/openai-model.test.ts'
const limits = 'server/models/limits.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const modelBugs = [
  {
    name: 'a-decoder-for-each-chunk',
    breaks: ['MODEL-1'],
    file: 'server/models/server-sent-events.ts',
    text: 'readText(decoder.decode(bytes))',
    instead: 'readText(createTextDecoder().decode(bytes))',
    test: 'server/models/server-sent-events.test.ts',
    shows: 'MODEL-1',
  },
  {
    name: 'emoji-cut-between-two-reads',
    breaks: ['MODEL-1'],
    file: 'server/models/text-decoder.ts',
    text: 'if (firstByte >= 0xf0) return 4',
    instead: 'if (firstByte > 0xf0) return 4',
    test: 'server/models/text-decoder.test.ts',
    shows: 'MODEL-1',
  },
  {
    name: 'pair-split-over-two-deltas',
    breaks: ['MODEL-5'],
    file: 'server/models/event-gate.ts',
    text: 'last >= 0xd800 && last <= 0xdbff ? whole.length - 1 : whole.length',
    instead: 'last >= 0xdc00 && last <= 0xdbff ? whole.length - 1 : whole.length',
    test: 'server/models/event-gate.test.ts',
    shows: 'MODEL-5',
  },
  {
    name: 'redirects-followed',
    breaks: ['MODEL-9', 'MODEL-16'],
    file: 'server/models/provider-model.ts',
    text: "redirect: 'error'",
    instead: "redirect: 'follow'",
    test: 'server/models/provider-model.test.ts',
    shows: 'MODEL-16',
  },
  {
    name: 'words-of-the-upstream-kept',
    breaks: ['MODEL-9'],
    file: 'server/models/upstream-errors.ts',
    text: 'quotedStatuses.has(failure.status ?? 0) ? failure.message : undefined',
    instead: 'failure.message',
    test: openAi,
    shows: 'MODEL-9',
  },
  {
    name: 'words-of-the-upstream-shown',
    breaks: ['MODEL-9'],
    file: 'server/models/upstream-errors.ts',
    text: 'return modelError(codeOf(failure), cause, {',
    instead:
      'return modelError(codeOf(failure), cause, {\n    ...(failure.message !== undefined && { message: failure.message }),',
    test: openAi,
    shows: 'MODEL-9',
  },
  {
    name: 'asked-again-after-the-first-token',
    breaks: ['MODEL-14'],
    file: 'server/models/retry.ts',
    text: 'source !== undefined && hasBegun ? source.next() : first()',
    instead: 'source !== undefined && hasBegun ? source.next().catch(() => open().next()) : first()',
    test: limits,
    shows: 'MODEL-14',
  },
  {
    name: 'pause-that-was-asked-for-cut-short',
    breaks: ['MODEL-14'],
    file: 'server/models/retry.ts',
    text: 'Math.max(asked, longest * (0.5 + random() / 2))',
    instead: 'Math.min(asked || longest, longest * (0.5 + random() / 2))',
    test: limits,
    shows: 'MODEL-14',
  },
  {
    name: 'cut-off-answer-counts-as-whole',
    breaks: ['MODEL-7'],
    file: 'server/models/reply-reader.ts',
    text: 'if (!isComplete) throw cutOffError(failure, eventCount)',
    instead: 'if (!isComplete && eventCount === 0) throw cutOffError(failure, eventCount)',
    test: openAi,
    shows: 'MODEL-7',
  },
  {
    name: 'output-counted-in-characters',
    breaks: ['MODEL-15'],
    file: 'server/models/output-limit.ts',
    text: 'const bytes = Buffer.byteLength(contentOf(result.value))',
    instead: 'const bytes = contentOf(result.value).length',
    test: limits,
    shows: 'MODEL-15',
  },
]
