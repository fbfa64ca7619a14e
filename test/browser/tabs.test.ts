import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addressOf, ask, launch } from './browser.ts'

let browser: Browser
let context: BrowserContext
let first: Page
let second: Page
beforeAll(async () => {
  browser = await launch()
})
beforeEach(async () => {
  context = await browser.newContext()
  first = await context.newPage()
  second = await context.newPage()
  await first.goto(addressOf('first'))
  await second.goto(addressOf('second'))
})
afterEach(() => context.close())
afterAll(() => browser.close())

const held = {
  code: 'LOG_LOCKED',
  message: expect.stringContaining('/first, since'),
  data: { page: addressOf('first'), folder: 'my-lab', since: expect.any(Number) },
}

describe('two tabs of one origin', () => {
  it('do not hold one store: the second is told which page does', async () => {
    const { owner } = await ask(first, 'hold', 'my-lab')
    expect(owner.page).toBe(addressOf('first'))
    for (let round = 0; round < 3; round++) {
      expect(await ask(second, 'attempt', 'my-lab')).toMatchObject(held)
    }
  })

  it('hold two stores at a time', async () => {
    await ask(first, 'hold', 'my-lab')
    expect(await ask(second, 'attempt', 'your-lab')).toBeUndefined()
  })

  it('follow each other when the first closes the store', async () => {
    await ask(first, 'play', 'my-lab')
    await ask(first, 'hold', 'my-lab')
    await ask(first, 'letGo', 'my-lab')
    expect((await ask(second, 'ask', 'my-lab')).verified.ok).toBe(true)
  })

  it('follow each other when the first is closed, and no human is needed', async () => {
    for (let round = 0; round < 5; round++) {
      await ask(first, 'hold', 'my-lab')
      await first.close()
      await ask(second, 'hold', 'my-lab')
      first = second
      second = await context.newPage()
      await second.goto(addressOf('second'))
    }
  })

  it('follow each other when the first goes elsewhere, and comes back', async () => {
    await ask(first, 'hold', 'my-lab')
    await first.goto('about:blank')
    await ask(second, 'hold', 'my-lab')
    await first.goBack()
    expect(await ask(first, 'attempt', 'my-lab')).toMatchObject({ code: 'LOG_LOCKED' })
  })

  it('race for a store, and one of them has it', async () => {
    for (let round = 0; round < 20; round++) {
      const name = `lab ${round}`
      const outcomes = await Promise.allSettled([
        ask(first, 'hold', name),
        ask(second, 'hold', name),
      ])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    }
  })
})

describe('one page', () => {
  it('opens a store twice, and shares it until the last of them is closed', async () => {
    await ask(first, 'hold', 'my-lab')
    expect(await ask(first, 'attempt', 'my-lab')).toBeUndefined()
    expect(await ask(second, 'attempt', 'my-lab')).toMatchObject(held)
    await ask(first, 'letGo', 'my-lab')
    expect(await ask(second, 'attempt', 'my-lab')).toBeUndefined()
  })

  it('uses a store in a worker', async () => {
    expect(await ask(first, 'inWorker', 'my-lab', 'train')).toMatchObject({
      experiment: 'train',
      ok: true,
      page: expect.stringContaining('/worker.js'),
    })
    expect(await ask(first, 'attempt', 'my-lab')).toBeUndefined()
  })

  it('is told when its own worker holds the store', async () => {
    await ask(first, 'inWorker', 'my-lab', 'hold')
    expect(await ask(first, 'attempt', 'my-lab')).toMatchObject({
      code: 'LOG_LOCKED',
      message: expect.stringContaining('/worker.js'),
    })
  })
})
