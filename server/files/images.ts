/**
 * Pictures, drawn anew: what comes out has the pixels of what came in, and nothing else of it: no place, no camera, no
 * comment, no second file behind its end. Decoding is bounded in pixels, frames, time and how many at once.
 */
import type sharpModule from 'sharp'
import type { Sharp } from 'sharp'
import { FileError } from './errors.ts'

export interface ImageLimits {
  /** Of all frames together. Default 50 million. */
  pixelsMax: number
  /** Default 200. */
  framesMax: number
  /** Longer sides are made smaller. Default 4,096. */
  sideMax: number
  /** Of the preview. Default 512. */
  previewSideMax: number
  /** For one picture. Default 20. */
  secondsMax: number
  /** Pictures drawn at once. Default 2. */
  atOnceMax: number
  /** Pictures that wait for their turn. Default 100. */
  waitingMax: number
}

const limitsDefault: ImageLimits = {
  pixelsMax: 50_000_000,
  framesMax: 200,
  sideMax: 4_096,
  previewSideMax: 512,
  secondsMax: 20,
  atOnceMax: 2,
  waitingMax: 100,
}

export interface RedrawnImage {
  bytes: Uint8Array
  mimeType: string
  /** A still WebP picture. */
  preview: Uint8Array
}

export interface Images {
  /** Throws `too_large` for too many pixels, `unsupported_media_type` for what is broken, `unavailable` when too many wait. */
  redraw(bytes: Uint8Array, mimeType: string): Promise<RedrawnImage>
}

type SharpModule = typeof sharpModule

export function createImages(given: Partial<ImageLimits> = {}): Images {
  const limits = { ...limitsDefault, ...given }
  const gate = createGate(limits)
  let loading: Promise<SharpModule> | undefined
  return {
    redraw: (bytes, mimeType) =>
      gate(async () => {
        const sharp = await (loading ??= load())
        try {
          return await redraw(sharp, limits, bytes, mimeType)
        } catch (error) {
          throw asFileError(error, limits)
        }
      }),
  }
}

/** Only who sends pictures loads the library. Its other readers (SVG, PDF, …) are shut: bytes choose the reader, not we. */
async function load(): Promise<SharpModule> {
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({
    operation: ['Png', 'Jpeg', 'Nsgif', 'Webp', 'Heif'].map((kind) => `VipsForeignLoad${kind}`),
  })
  return sharp
}

async function redraw(
  sharp: SharpModule,
  limits: ImageLimits,
  bytes: Uint8Array,
  mimeType: string,
): Promise<RedrawnImage> {
  const animated = mimeType === 'image/gif' || mimeType === 'image/webp'
  const options = { limitInputPixels: limits.pixelsMax, failOn: 'error', sequentialRead: true } as const
  const { width, height, pages = 1, pageHeight = height } = await sharp(bytes, options).metadata()
  if (pages > limits.framesMax || width * pageHeight * (animated ? pages : 1) > limits.pixelsMax) {
    throw tooManyPixels(limits)
  }
  const side = {
    width: limits.sideMax,
    height: limits.sideMax,
    fit: 'inside',
    withoutEnlargement: true,
  } as const
  const drawing = sharp(bytes, { ...options, animated })
    .autoOrient()
    .resize(side)
  const drawn = encoded(drawing, mimeType).timeout({ seconds: limits.secondsMax })
  const small = { ...side, width: limits.previewSideMax, height: limits.previewSideMax }
  const still = sharp(bytes, options)
    .autoOrient()
    .resize(small)
    .webp()
    .timeout({ seconds: limits.secondsMax })
  const image = await drawn.toBuffer({ resolveWithObject: true })
  return { bytes: image.data, mimeType: `image/${image.info.format}`, preview: await still.toBuffer() }
}

/** In its own format, save AVIF, which takes minutes to write: that becomes WebP. */
function encoded(drawing: Sharp, mimeType: string): Sharp {
  switch (mimeType) {
    case 'image/png':
      return drawing.png()
    case 'image/jpeg':
      return drawing.jpeg({ quality: 88 })
    case 'image/gif':
      return drawing.gif()
    default:
      return drawing.webp({ quality: 88 })
  }
}

function tooManyPixels({ pixelsMax, framesMax }: ImageLimits): FileError {
  return new FileError(
    'too_large',
    `The image has more than ${pixelsMax} pixels (pixelsMax) or ${framesMax} frames (framesMax).`,
  )
}

function asFileError(error: unknown, limits: ImageLimits): unknown {
  if (error instanceof FileError) return error
  if (error instanceof Error && error.message.includes('pixel limit')) return tooManyPixels(limits)
  return new FileError(
    'unsupported_media_type',
    'The image cannot be read: it is broken, or not what it seems to be.',
    {
      cause: error,
    },
  )
}

type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>

function createGate({ atOnceMax, waitingMax }: ImageLimits): Gate {
  const waiting: (() => void)[] = []
  let busy = 0
  return async (work) => {
    if (busy >= atOnceMax) {
      if (waiting.length >= waitingMax) {
        throw new FileError('unavailable', `More than ${waitingMax} images are waiting (waitingMax).`)
      }
      // Whoever leaves hands the place over, so that nobody who comes later can take it.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else busy += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) busy -= 1
      else next()
    }
  }
}
