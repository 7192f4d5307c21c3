/** The settings of attached files: where they are kept, which are taken, and what a model is shown of them. */
import { isUrl, key, list, oneOf, text, whole, withoutCredentials } from './setting.ts'
import type { Setting } from './setting.ts'

/** Null or empty means: not set. */
export interface FileSettings {
  files: string | null
  filesS3Endpoint: string | null
  filesS3Region: string
  filesS3AccessKeyId: string | null
  filesS3SecretAccessKey: string | null
  fileBytesMax: number
  filesOwnerMegabytesMax: number
  filesAlsoAllowed: readonly string[]
  modelTakes: 'text' | 'images' | 'files' | null
}

export const fileTable: { [Name in keyof FileSettings]: Setting<FileSettings[Name]> } = {
  // Default: `files` in the data directory.
  files: { ...text('the path of a directory'), variables: ['PARLEY_FILES'], default: null },
  filesS3Endpoint: {
    variables: ['PARLEY_FILES_S3_ENDPOINT'],
    default: null,
    allowed: 'an http or https URL with a bucket, such as https://s3.eu-central-1.amazonaws.com/bucket',
    parse: (value) => (isBucketUrl(value) ? value : undefined),
    show: withoutCredentials,
  },
  filesS3Region: { ...text("a region's name"), variables: ['PARLEY_FILES_S3_REGION'], default: 'auto' },
  filesS3AccessKeyId: { ...key(), variables: ['PARLEY_FILES_S3_ACCESS_KEY_ID'] },
  filesS3SecretAccessKey: { ...key(), variables: ['PARLEY_FILES_S3_SECRET_ACCESS_KEY'] },
  fileBytesMax: {
    ...whole(1, 999_999_999),
    variables: ['PARLEY_FILE_BYTES_MAX'],
    default: 25 * 1_048_576,
  },
  filesOwnerMegabytesMax: {
    ...whole(1, 999_999_999),
    variables: ['PARLEY_FILES_OWNER_MEGABYTES_MAX'],
    default: 1_024,
  },
  filesAlsoAllowed: {
    ...list('media types, such as application/zip, with commas between them'),
    variables: ['PARLEY_FILES_ALSO_ALLOWED'],
  },
  // Default: files, or pictures where the endpoint is somebody else's than OpenAI's.
  modelTakes: { ...oneOf('text', 'images', 'files'), variables: ['PARLEY_MODEL_TAKES'], default: null },
}

function isBucketUrl(value: string): boolean {
  if (!isUrl(value, ['http:', 'https:'])) return false
  const { username, password, search, hash } = new URL(value)
  return [username, password, search, hash].every((part) => part === '')
}

/** What is wrong although each setting is right by itself. */
export function fileProblems(settings: FileSettings): string[] {
  const keys = {
    PARLEY_FILES_S3_ACCESS_KEY_ID: settings.filesS3AccessKeyId,
    PARLEY_FILES_S3_SECRET_ACCESS_KEY: settings.filesS3SecretAccessKey,
  }
  const isInBucket = settings.filesS3Endpoint !== null
  const problems = Object.entries(keys).flatMap(([variable, value]) => {
    if (isInBucket && value === null) return [`PARLEY_FILES_S3_ENDPOINT is set, so ${variable} must be set.`]
    return !isInBucket && value !== null
      ? [`${variable} is set, so PARLEY_FILES_S3_ENDPOINT must be set.`]
      : []
  })
  return isInBucket && settings.files !== null
    ? [
        ...problems,
        'PARLEY_FILES and PARLEY_FILES_S3_ENDPOINT are both set, and files are kept in one place.',
      ]
    : problems
}
