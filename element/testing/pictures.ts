/// <reference types="node" />
/**
 * Pictures of what a page looks like, compared with those that were taken before.
 *
 *   screenshot ──▶ blocks of 4 × 4 pixels, each its mean colour ──▶ how many differ by more than a little
 *
 * Means are what makes it sturdy: how a browser smooths the edges of letters moves no mean by much, and what a person would see
 * does. The pictures are kept as WebP without loss, and a browser is what reads and writes them.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'

export interface Pictures {
  /** Resolves with what has changed, in a sentence; undefined if nothing has. Keeps the picture when it is to be taken anew. */
  compare(name: string, place: Locator): Promise<string | undefined>
}

export interface PicturesOptions {
  /** A page of no importance, in which pictures are compared. */
  page: Page
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

export function createPictures({ page, folder, changedFolder, update }: PicturesOptions): Pictures {
  return {
    async compare(name, place) {
      const taken = await takeSettled(place)
      const file = join(folder, `${name}.webp`)
      const before = await readFile(file, 'base64').catch(() => undefined)
      const changed =
        before === undefined ? 'there is no picture of it yet' : await differ(page, before, taken)
      if (changed === undefined) return undefined
      const target = update ? file : join(changedFolder, `${name}.webp`)
      await mkdir(join(target, '..'), { recursive: true })
      await writeFile(target, await encode(page, taken), 'base64')
      return update ? undefined : `${name}: ${changed} (${target})`
    },
  }
}

const looksMax = 40

/** What is in motion is looked at until it has come to rest. */
async function takeSettled(place: Locator): Promise<string> {
  let before = ''
  for (let look = 0; look < looksMax; look += 1) {
    const taken = (await place.screenshot({ animations: 'disabled', caret: 'hide' })).toString('base64')
    if (taken === before) return taken
    before = taken
  }
  throw new Error(`It does not come to rest: ${String(place)}`)
}

async function differ(page: Page, before: string, after: string): Promise<string | undefined> {
  const [one, other] = await Promise.all([blocksOf(page, before, 'webp'), blocksOf(page, after, 'png')])
  if (one.width !== other.width || one.height !== other.height) {
    return `it was ${one.width} × ${one.height} pixels and is ${other.width} × ${other.height}`
  }
  const differences = Array.from({ length: one.means.length / 3 }, (_, block) =>
    Math.max(
      ...[0, 1, 2].map((channel) =>
        Math.abs((one.means[3 * block + channel] ?? 0) - (other.means[3 * block + channel] ?? 0)),
      ),
    ),
  )
  for (const { difference, blocksMax } of tolerances) {
    const differing = differences.filter((each) => each > difference).length
    if (differing > blocksMax) return `${differing} of ${differences.length} places look different`
  }
  return undefined
}

interface Blocks {
  width: number
  height: number
  /** Red, green and blue of each block. */
  means: number[]
}

/** A block's mean colour is what a picture of a quarter of the size has there. */
function blocksOf(page: Page, base64: string, type: string): Promise<Blocks> {
  return page.evaluate(
    async ({ address }) => {
      const image = new Image()
      image.src = address
      await image.decode()
      const { width, height } = image
      const canvas = new OffscreenCanvas(width, height)
      const context = canvas.getContext('2d', { willReadFrequently: true })
      if (!context) throw new Error('No canvas')
      context.drawImage(image, 0, 0)
      const { data } = context.getImageData(0, 0, width, height)
      const size = 4
      const [columns, rows] = [Math.ceil(width / size), Math.ceil(height / size)]
      const sums = new Float64Array(columns * rows * 3)
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          const block = 3 * (Math.floor(y / size) * columns + Math.floor(x / size))
          for (let channel = 0; channel < 3; channel += 1) {
            sums[block + channel] = (sums[block + channel] ?? 0) + (data[4 * (y * width + x) + channel] ?? 0)
          }
        }
      }
      return { width, height, means: Array.from(sums, (sum) => Math.round(sum / size ** 2)) }
    },
    { address: `data:image/${type};base64,${base64}` },
  )
}

function encode(page: Page, png: string): Promise<string> {
  return page.evaluate(
    async ({ address }) => {
      const image = new Image()
      image.src = address
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      canvas.getContext('2d')?.drawImage(image, 0, 0)
      return canvas.toDataURL('image/webp', 1).replace(/^.*,/, '')
    },
    { address: `data:image/png;base64,${png}` },
  )
}
