import { deflateSync, crc32 as zlibCrc } from 'node:zlib'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { FileError } from './errors.ts'
import { createImages } from './images.ts'
import type { ImageLimits } from './images.ts'

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 30, b: 30 } } })

async function codeOf(bytes: Uint8Array, mimeType: string, limits?: Partial<ImageLimits>): Promise<unknown> {
  try {
    await createImages(limits).redraw(bytes, mimeType)
    return 'drawn'
  } catch (error) {
    return error instanceof FileError ? error.code : error
  }
}

const location = { IFD0: { Copyright: 'canary-copyright' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } }

test.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)(
  '[FILE-8] [U-08] of a picture its pixels are kept, and nothing else: %s',
  async (format) => {
    const plain = await picture(40, 20).withExif(location).withXmp('<x>canary-xmp</x>')[format]().toBuffer()
    // What somebody hangs behind a picture is no part of it.
    const bytes = Buffer.concat([plain, Buffer.from('<script>canary-script</script>')])
    const redrawn = await createImages().redraw(bytes, `image/${format}`)
    expect(redrawn.mimeType).toBe(format === 'avif' ? 'image/webp' : `image/${format}`)
    for (const result of [redrawn.bytes, redrawn.preview]) {
      expect(Buffer.from(result).includes('canary')).toBe(false)
      const { exif, xmp, icc, width, height } = await sharp(result).metadata()
      expect({ exif, xmp, icc, width, height }).toEqual({ width: 40, height: 20 })
    }
    expect((await sharp(redrawn.preview).metadata()).format).toBe('webp')
  },
)

test('[FILE-8] a picture that lies on its side is turned before its orientation is forgotten', async () => {
  const bytes = await picture(40, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer()
  const redrawn = await createImages().redraw(bytes, 'image/jpeg')
  const { width, height } = await sharp(redrawn.bytes).metadata()
  expect([width, height]).toEqual([20, 40])
})

test('[FILE-8] sides are made smaller, frames are kept, and a preview stands still', async () => {
  const large = await createImages({ sideMax: 100, previewSideMax: 10 }).redraw(
    await picture(400, 200).png().toBuffer(),
    'image/png',
  )
  expect(await sharp(large.bytes).metadata()).toMatchObject({ width: 100, height: 50 })
  expect(await sharp(large.preview).metadata()).toMatchObject({ width: 10, height: 5 })
  const moving = await createImages().redraw(await animation(5), 'image/gif')
  expect((await sharp(moving.bytes).metadata()).pages).toBe(5)
  expect((await sharp(moving.preview).metadata()).pages ?? 1).toBe(1)
})

async function animation(frames: number): Promise<Buffer> {
  const pages = Array.from({ length: frames }, (_, index) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: { r: index * 40, g: 0, b: 0 } } })
      .png()
      .toBuffer(),
  )
  return sharp(await Promise.all(pages), { join: { animated: true } })
    .gif()
    .toBuffer()
}

test('[FILE-8] [U-04] pixels and frames are counted before they are unpacked', async () => {
  const bomb = hugePng(50_000, 50_000)
  expect(bomb.length).toBeLessThan(1_000)
  expect(await codeOf(bomb, 'image/png')).toBe('too_large')
  const exact = await picture(100, 100).png().toBuffer()
  expect(await codeOf(exact, 'image/png', { pixelsMax: 10_000 })).toBe('drawn')
  expect(await codeOf(exact, 'image/png', { pixelsMax: 9_999 })).toBe('too_large')
  const moving = await animation(5)
  expect(await codeOf(moving, 'image/gif', { framesMax: 5 })).toBe('drawn')
  expect(await codeOf(moving, 'image/gif', { framesMax: 4 })).toBe('too_large')
  expect(await codeOf(moving, 'image/gif', { pixelsMax: 319 })).toBe('too_large')
})

/** As large as it says, with hardly a byte of pixels. */
function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const chunks = [
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(1_000))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks])
}

function pngChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}

function crc32(bytes: Buffer): number {
  return zlibCrc(bytes)
}

test('[FILE-8] CVE-2023-4863: what is broken, or no picture, is refused; no other reader is open', async () => {
  const whole = await picture(64, 64).png({ compressionLevel: 0 }).toBuffer()
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
  for (const bytes of [whole.subarray(0, whole.length / 2), Buffer.from('no picture'), svg]) {
    expect(await codeOf(bytes, 'image/png')).toBe('unsupported_media_type')
  }
})

test('[FILE-8] so many are drawn at once, so many wait, and one more is refused', async () => {
  const images = createImages({ atOnceMax: 1, waitingMax: 2 })
  const bytes = await picture(10, 10).png().toBuffer()
  const drawings = Array.from({ length: 4 }, () => images.redraw(bytes, 'image/png'))
  const outcomes = await Promise.allSettled(drawings)
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
  expect(await images.redraw(bytes, 'image/png')).toMatchObject({ mimeType: 'image/png' })
})
