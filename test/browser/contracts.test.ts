import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryBlobStore } from '../../src/artifacts/index.ts'
import { openMemoryLog } from '../../src/kernel/log/memory-log.ts'
import { blobStoreContract, logContract } from '../../src/testing/index.ts'
import { addressOf, ask, launch } from './browser.ts'

let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await launch()
  page = await browser.newPage()
  await page.goto(addressOf())
})
afterAll(() => browser.close())

/** The sentences alone: the page runs them on stores of its own. */
const logSentences = logContract(async () => ({ log: await openMemoryLog() }))
const blobSentences = blobStoreContract(async () => ({ store: memoryBlobStore() }))

describe('the log in IndexedDB', () => {
  it.each(logSentences.map(({ name }) => name))('%s', async (sentence) => {
    await ask(page, 'keepPromise', sentence)
  })
})

describe('the artifacts in IndexedDB', () => {
  it.each(blobSentences.map(({ name }) => name))('%s', async (sentence) => {
    await ask(page, 'keepPromise', sentence)
  })
})

describe('the page that runs the contracts', () => {
  it('fails for a promise that nobody makes', async () => {
    await expect(ask(page, 'keepPromise', 'is never late')).rejects.toThrow('Nobody promises')
  })
  it('leaves no database behind', async () => {
    expect(await ask(page, 'databases')).toEqual([])
  })
})
