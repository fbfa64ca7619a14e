import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { open } from '../../src/index.ts'
import { importArchive } from '../../src/keeping/index.ts'
import { addressOf, ask, launch } from './browser.ts'
import { hostileNames } from './page/hostile.ts'
import { askAbout, likewise, playSeason } from './page/season.ts'

let browser: Browser
let context: BrowserContext
let page: Page
let folder: string
beforeAll(async () => {
  browser = await launch()
})
beforeEach(async () => {
  context = await browser.newContext()
  page = await context.newPage()
  await page.goto(addressOf())
  folder = await mkdtemp(join(tmpdir(), 'varve-browser-'))
})
afterEach(async () => {
  await context.close()
  await rm(folder, { recursive: true, force: true })
})
afterAll(() => browser.close())

type Answers = Awaited<ReturnType<typeof askAbout>>

/** Ids of experiments are made at random, and with them the hash. */
const comparable = ({ log, durability, ...answers }: Answers): unknown => ({
  ...answers,
  position: log.position,
  found: answers.found.map(({ experimentId: _, ...run }) => run),
})

describe('a store in a browser', () => {
  it('gives the answers that one in Node gives to the same work', async () => {
    const inPage = await ask(page, 'play', 'my-lab')
    await using varve = await open(join(folder, 'lab'), likewise())
    await playSeason(varve)
    const inNode = await askAbout(varve)
    expect(comparable(inPage)).toEqual(comparable(inNode))
    expect(inPage.current?.version).toBe(1)
    expect(inPage.before?.version).toBe(3)
    expect(inPage.verified).toEqual({ ok: true, broken: [], artifacts: 3 })
  })

  it('says that what it acknowledged is kept as the browser sees fit', async () => {
    expect((await ask(page, 'play', 'my-lab')).durability).toBe('relaxed')
  })

  it('has everything again after a reload, in another tab, and after a visit elsewhere', async () => {
    const before = await ask(page, 'play', 'my-lab')
    await page.reload()
    expect(await ask(page, 'ask', 'my-lab')).toEqual(before)
    await page.goto('about:blank')
    const other = await context.newPage()
    await other.goto(addressOf('another/page'))
    expect(await ask(other, 'ask', 'my-lab')).toEqual(before)
  })

  it('is held again by the page that reloads with the store open', async () => {
    await ask(page, 'hold', 'my-lab')
    for (let round = 0; round < 5; round++) {
      await page.reload()
      await ask(page, 'hold', 'my-lab')
    }
  })

  it('leaves as an archive that Node imports, with the same hash and the same answers', async () => {
    const inPage = await ask(page, 'play', 'my-lab')
    const bytes = Buffer.from(await ask(page, 'archive', 'my-lab'), 'latin1')
    const copy = await importArchive([bytes], join(folder, 'lab'))
    expect(copy.head).toBe(inPage.log.head)
    await using varve = await open(copy.folder, likewise())
    expect(await askAbout(varve)).toEqual({ ...inPage, durability: 'fsync' })
  })

  it('is called .varve unless it is named, and its databases are named after it', async () => {
    expect(await ask(page, 'attempt')).toBeUndefined()
    const names = await ask(page, 'databases')
    expect(names.sort()).toEqual(['varve/.varve/blobs', 'varve/.varve/log'])
  })

  it.each(hostileNames.map((name) => [JSON.stringify(name).slice(0, 40), name]))(
    'may be called %s, and so may all that is in it',
    async (_shown, name) => {
      const { folder: called, experiment, kept, ok } = await ask(page, 'useName', name)
      expect(called).toBe(name)
      expect({ kept, ok }).toEqual({ kept: true, ok: true })
      expect([name, 'whole']).toContain(experiment)
    },
  )

  it('keeps a file that a person chose, in pieces, and gives any part of it back', async () => {
    const { size, digest, middle, verified } = await ask(page, 'keepFile', 'my-lab', 5)
    expect(size).toBe(5 * 1024 * 1024)
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(middle).toEqual(Array.from({ length: 10 }, (_, at) => ((262_140 + at) * 7) % 251))
    expect(verified).toBe(true)
    expect(await ask(page, 'leftInBlobs', 'my-lab')).toEqual({ blobs: 1, drafts: 0, pieces: 20 })
  })

  it('records what a browser tells of itself with a run, and no Git', async () => {
    const { tags } = await ask(page, 'refusals', 'my-lab')
    expect(tags).toMatchObject({
      'mlflow.user': 'unknown',
      'mlflow.source.name': '/',
      'varve.host': new URL(addressOf()).host,
      'varve.runtime': expect.stringContaining('Mozilla/5.0'),
    })
    expect(Object.keys(tags).filter((key) => key.includes('git'))).toEqual([])
  })

  it('refuses what only files could do, and says what can be done instead', async () => {
    const { refused } = await ask(page, 'refusals', 'my-lab')
    expect(refused).toMatchObject([
      { code: 'UNSUPPORTED', message: expect.stringContaining('exportArchive') },
      { code: 'UNSUPPORTED', message: expect.stringContaining('logArtifact') },
      { code: 'UNSUPPORTED', message: expect.stringContaining('logArtifact') },
    ])
  })

  it('refuses a durability that no browser promises', async () => {
    for (const durability of ['fsync', 'os'] as const) {
      expect(await ask(page, 'attempt', 'my-lab', { durability })).toMatchObject({
        code: 'INVALID_VALUE',
        data: { path: 'durability', value: durability },
      })
    }
    expect(await ask(page, 'attempt', 'my-lab')).toBeUndefined()
  })
})

describe('an origin whose space is used up', () => {
  it('refuses writes, goes on reading, and has lost nothing when there is space again', async () => {
    const session = await context.newCDPSession(page)
    const { origin } = new URL(addressOf())
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 4 << 20 })
    const { artifact, log, read, run } = await ask(page, 'fill', 'my-lab')
    expect(artifact).toMatchObject({ code: 'ARTIFACT_WRITE_FAILED' })
    expect(log).toMatchObject({ code: 'LOG_WRITE_FAILED' })
    expect(read).toEqual([run])
    await session.send('Storage.overrideQuotaForOrigin', { origin })
    const { ok, notes } = await ask(page, 'checkNotes', 'my-lab')
    expect(ok).toBe(true)
    expect(notes.length).toBeGreaterThan(0)
    expect(await ask(page, 'leftInBlobs', 'my-lab')).toEqual({ blobs: 0, drafts: 0, pieces: 0 })
  })
})

describe('a page that browsers do not trust', () => {
  it('is told so, and may use memory', async () => {
    await page.goto(addressOf('', 'lab.test'))
    expect(await ask(page, 'attempt', 'my-lab')).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('https'),
    })
    expect(await ask(page, 'attempt', undefined, { memory: true })).toBeUndefined()
  })
})
