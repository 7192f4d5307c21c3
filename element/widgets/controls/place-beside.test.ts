import { describe, expect, it } from 'vitest'
import { placeFor } from './place-beside.ts'
import type { Placing } from './place-beside.ts'

const window = { innerWidth: 400, innerHeight: 600 }
const size = { width: 200, height: 300 }

function place(left: number, top: number, placing: Placing = {}, isRightToLeft = false) {
  const around = { left, top, right: left + 100, bottom: top + 30 }
  return placeFor({ around, ...size, isRightToLeft, placing, window })
}

describe('where something opens', () => {
  it('[WIDGET-41] below, or above where there is no room below', () => {
    expect(place(50, 100)).toEqual({ left: 50, top: 136 })
    expect(place(50, 400)).toEqual({ left: 50, top: 94 })
  })

  it('[WIDGET-41] on the side that the agent asks for, if there is room', () => {
    expect(place(50, 400, { side: 'top', align: 'end' })).toEqual({ left: 8, top: 94 })
    expect(place(50, 100, { side: 'right', align: 'center' })).toEqual({ left: 156, top: 8 })
    expect(place(250, 100, { side: 'right' })).toEqual({ left: 44, top: 100 })
    expect(place(50, 100, {}, true)).toEqual({ left: 8, top: 136 })
  })

  it('[WIDGET-41] never beyond the window', () => {
    expect(place(350, 100)).toEqual({ left: 192, top: 136 })
    expect(place(50, 590)).toEqual({ left: 50, top: 284 })
  })
})
