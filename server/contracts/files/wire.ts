/** What the door of files takes and answers: an upload with ChatKit's attachment, a file with its bytes. */
import { z } from 'zod'
import type { Attachment } from '../../conversation/items.ts'

export type { Attachment }

/** The body of every reply that is not 2xx. */
export interface WireError {
  error: { message: string; type: string; param: string | null; code: string }
}

export const FileProblem: z.ZodType<WireError> = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string(),
    }),
  })
  .meta({ id: 'FileProblem' })

/** One that is none opens nothing, whatever it looks like. */
export const FilePlace: z.ZodType<{ id: string }> = z.object({
  id: z.string().describe('The attachment’s id: `atc_…`'),
})
export const FileLink: z.ZodType<{ link: string }, { link?: string | undefined }> = z.object({
  link: z.string().default('').describe('What makes the address a signed link'),
})

/** Read as it arrives, so this is for the document only. */
export const FileForm: z.ZodType = z.object({ file: z.file() })

const common = {
  id: z.string(),
  name: z.string(),
  mime_type: z.string(),
  thread_id: z.string().optional(),
}
export const UploadedAttachment: z.ZodType = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('file'), ...common }),
    z.object({ type: z.literal('image'), ...common, preview_url: z.string() }),
  ])
  .meta({ id: 'UploadedAttachment' })
