/** What could go wrong with files: what they are taken for, whose they are, and what is left of them. */

const types = 'server/files/content-type.test.ts'
const names = 'server/files/names.test.ts'
const links = 'server/files/signed-links.test.ts'
const images = 'server/files/images.test.ts'
const forms = 'server/files/multipart.test.ts'
const stores = 'server/files/store.test.ts'
const door = 'server/contracts/files/routes.integration.test.ts'
const storage = 'server/storage/store.integration.test.ts'

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const fileBugs = [
  {
    name: 'anything-shown-in-place',
    breaks: ['FILE-7'],
    file: 'server/files/policy.ts',
    text: "wanted === 'inline' && isRedrawn(file.mimeType)",
    instead: "wanted === 'inline'",
    test: types,
    shows: 'FILE-7',
  },
  {
    name: 'path-kept-in-a-name',
    breaks: ['FILE-6'],
    file: 'server/files/names.ts',
    text: '.split(/[/\\\\]/)',
    instead: '.split(/[/]/)',
    test: names,
    shows: 'FILE-6',
  },
  {
    name: 'archive-behind-a-file-overlooked',
    breaks: ['FILE-5'],
    file: 'server/files/content-type.ts',
    text: 'return !isArchive && endsAsZip(found)',
    instead: 'return isArchive && endsAsZip(found)',
    test: types,
    shows: 'FILE-5',
  },
  {
    name: 'place-kept-in-a-picture',
    breaks: ['FILE-8'],
    file: 'server/files/images.ts',
    text: 'const drawn = encoded(drawing, mimeType).timeout',
    instead: 'const drawn = encoded(drawing.keepMetadata(), mimeType).timeout',
    test: images,
    shows: 'FILE-8',
  },
  {
    name: 'link-good-for-any-file',
    breaks: ['FILE-9'],
    file: 'server/files/signed-links.ts',
    text: 'if (id !== fileId || !purposes.includes(purpose)',
    instead: 'if (!purposes.includes(purpose)',
    test: links,
    shows: 'FILE-9',
  },
  {
    name: 'link-good-for-any-purpose',
    breaks: ['FILE-9'],
    file: 'server/files/signed-links.ts',
    text: '!purposes.includes(purpose) || seconds() >= expires',
    instead: 'seconds() >= expires',
    test: links,
    shows: 'FILE-9',
  },
  {
    name: 'half-a-file-left-on-the-disk',
    breaks: ['FILE-2'],
    file: 'server/files/disk-store.ts',
    text: 'await rm(draft, { force: true }).catch(() => {})',
    instead: 'await Promise.resolve()',
    test: stores,
    shows: 'FILE-2',
  },
  {
    name: 'link-followed-on-the-disk',
    breaks: ['FILE-3'],
    file: 'server/files/disk-store.ts',
    text: 'constants.O_RDONLY | constants.O_NOFOLLOW',
    instead: 'constants.O_RDONLY',
    test: stores,
    shows: 'FILE-3',
  },
  {
    name: 'multipart-upload-never-aborted',
    breaks: ['FILE-4'],
    file: 'server/files/s3-store.ts',
    text: 'await Promise.allSettled(removed)',
    instead: 'await Promise.allSettled(removed.slice(0, 1))',
    test: stores,
    shows: 'FILE-4',
  },
  {
    name: 'form-read-faster-than-it-is-taken',
    breaks: ['FILE-10'],
    file: 'server/files/multipart.ts',
    text: 'if (parser.write(chunk)) continue',
    instead: 'parser.write(chunk)\n    if (!parser.destroyed) continue',
    test: forms,
    shows: 'FILE-10',
  },
  {
    name: 'broken-off-upload-keeps-its-bytes',
    breaks: ['FILE-15'],
    file: 'server/files/keeper.ts',
    text: '    await deposits.dropAll()\n',
    instead: '',
    test: door,
    shows: 'FILE-15',
  },
  {
    name: 'damaged-bytes-served-to-the-end',
    breaks: ['FILE-17'],
    file: 'server/files/verified.ts',
    text: "bytes !== expected.bytes || hash.digest('hex') !== expected.sha256",
    instead: 'bytes !== expected.bytes',
    test: door,
    shows: 'FILE-17',
  },
  {
    name: 'upload-swept-while-it-completes',
    breaks: ['FILE-13', 'FILE-12'],
    file: 'server/storage/blobs.ts',
    text: 'tenant_id = $1 and user_id = $2 and deleting_at is null\n     returning blobs.key',
    instead: 'tenant_id = $1 and user_id = $2\n     returning blobs.key',
    test: storage,
    shows: 'FILE-13',
  },
  {
    name: 'sent-file-gets-other-bytes',
    breaks: ['FILE-12', 'FILE-16'],
    file: 'server/storage/attachments.ts',
    text: 'and user_id = $3 and thread_id is null\n     returning id',
    instead: 'and user_id = $3\n     returning id',
    test: storage,
    shows: 'FILE-12',
  },
  {
    name: 'announced-files-not-counted',
    breaks: ['FILE-20'],
    file: 'server/contracts/files/uploads.ts',
    text: 'await options.admit?.(owner)',
    instead: 'void options.admit',
    test: door,
    shows: 'FILE-20',
  },
]
