import { afterEach, describe, expect, it, vi } from 'vitest'
import { alone, createTabs } from './tabs.ts'

afterEach(() => void vi.unstubAllGlobals())

type Work = (lock: object | null) => unknown
const refused = (): Error => new DOMException('Storage is blocked', 'SecurityError')

function scene(request: (work: Work) => Promise<unknown>): {
  work: () => Promise<string>
  count: () => number
} {
  let count = 0
  const locks = { request: (_name: string, _how: object, work: Work) => request(work) }
  vi.stubGlobal('navigator', { locks })
  const work = async (): Promise<string> => {
    count += 1
    return 'done'
  }
  return { work, count: () => count }
}

describe('tabs of a page that may store nothing', () => {
  it('[ELEMENT-33] hear nothing of each other', () => {
    const created = vi.fn(function refuse() {
      throw refused()
    })
    vi.stubGlobal('BroadcastChannel', created)
    const tabs = createTabs('chat')
    expect(created).toHaveBeenCalledOnce()
    const end = tabs.listen(() => undefined)
    tabs.tell('thr_1')
    end()
    tabs.close()
  })

  it('[ELEMENT-33] do their work where no lock is given', async () => {
    const { work, count } = scene(() => Promise.reject(refused()))
    expect(await alone('call', work)).toBe('done')
    vi.stubGlobal('navigator', {})
    expect(await alone('call', work)).toBe('done')
    expect(count()).toBe(2)
  })

  it('[ELEMENT-33] never do it twice, and leave it to the one that is at it', async () => {
    const broken = scene(async (work) => {
      await work({})
      throw refused()
    })
    await expect(alone('call', broken.work)).rejects.toMatchObject({ name: 'SecurityError' })
    expect(broken.count()).toBe(1)
    const other = scene(async (work) => work(null))
    expect(await alone('call', other.work)).toBe(undefined)
    expect(other.count()).toBe(0)
  })
})
