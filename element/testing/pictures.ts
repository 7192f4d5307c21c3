/// <reference types="node" />
/**
 * Pictures of what a page looks like, compared with those that were taken before.
 *
 *   screenshot ──▶ a piece for each place ──▶ blocks of 4 × 4 pixels, each its mean colour ──▶ how many differ
 *
 * Means are what makes it sturdy: how a browser smooths the edges of letters moves no mean by much, and what a person would see
 * does. The pictures are kept as WebP without loss.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import type { Sharp } from 'sharp'

export interface Pictures {
  /**
   * Compares what the places look like, all of which must be in sight, and resolves with what has changed, a line for each. Keeps
   * the pictures instead when they are to be taken anew.
   */
  compare(page: Page, places: readonly Place[]): Promise<string[]>
}

export interface Place {
  name: string
  at: Locator
}

export interface PicturesOptions {
  folder: string
  /** Where pictures go that are not as they were. */
  changedFolder: string
  /** Whether they are taken anew. */
  update: boolean
}

/** How many blocks may differ in one of their colours by more than so much, of 255: many by a little, few by more. */
const tolerances = [
  { difference: 5, blocksMax: 20 },
  { difference: 24, blocksMax: 6 },
]

export function createPictures({ folder, changedFolder, update }: PicturesOptions): Pictures {
  async function changeOf({ name, at }: Place, taken: Buffer): Promise<string | undefined> {
    const box = await at.boundingBox()
    if (box === null) throw new Error(`${name} is not to be seen`)
    const [left, top, width, height] = [box.x, box.y, box.width, box.height].map(Math.round)
    const piece = sharp(taken).extract({
      left: left ?? 0,
      top: top ?? 0,
      width: width ?? 0,
      height: height ?? 0,
    })
    const before = await readPixels(sharp(join(folder, `${name}.webp`))).catch(() => undefined)
    const change =
      before === undefined ? 'there is no picture of it yet' : difference(before, await readPixels(piece))
    if (change === undefined) return undefined
    const file = join(update ? folder : changedFolder, `${name}.webp`)
    await mkdir(join(file, '..'), { recursive: true })
    await piece.removeAlpha().webp({ lossless: true, effort: 6 }).toFile(file)
    return update ? undefined : `${file}: ${change}`
  }

  return {
    async compare(page, places) {
      const taken = await takeSettled(page)
      const changes = await Promise.all(places.map((place) => changeOf(place, taken)))
      return changes.filter((change) => change !== undefined)
    },
  }
}

const looksMax = 40

/** What is in motion is looked at until it has come to rest. */
async function takeSettled(page: Page): Promise<Buffer> {
  let before: Buffer | undefined
  for (let look = 0; look < looksMax; look += 1) {
    const taken = await page.screenshot({ animations: 'disabled', caret: 'hide' })
    if (before !== undefined && taken.equals(before)) return taken
    before = taken
  }
  throw new Error('The page does not come to rest.')
}

interface Pixels {
  width: number
  height: number
  /** Red, green and blue of each, line by line. */
  data: Uint8Array
}

async function readPixels(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.clone().removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

function difference(before: Pixels, after: Pixels): string | undefined {
  if (before.width !== after.width || before.height !== after.height) {
    return `was ${before.width} × ${before.height} pixels, is ${after.width} × ${after.height}`
  }
  const [one, other] = [meansOf(before), meansOf(after)]
  const differences = Array.from({ length: one.length / 3 }, (_, block) =>
    Math.max(...[0, 1, 2].map((at) => Math.abs((one[3 * block + at] ?? 0) - (other[3 * block + at] ?? 0)))),
  )
  for (const tolerance of tolerances) {
    const differing = differences.filter((each) => each > tolerance.difference).length
    if (differing > tolerance.blocksMax) return `${differing} of ${differences.length} blocks look different`
  }
  return undefined
}

const blockPixels = 4

function meansOf({ width, height, data }: Pixels): Float64Array {
  const columns = Math.ceil(width / blockPixels)
  const means = new Float64Array(columns * Math.ceil(height / blockPixels) * 3)
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const row = Math.floor(pixel / width / blockPixels)
    const block = 3 * (row * columns + Math.floor((pixel % width) / blockPixels))
    for (let channel = 0; channel < 3; channel += 1) {
      means[block + channel] =
        (means[block + channel] ?? 0) + (data[3 * pixel + channel] ?? 0) / blockPixels ** 2
    }
  }
  return means
}
