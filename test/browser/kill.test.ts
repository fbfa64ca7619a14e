import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { addressOf, args, ask, launch } from './browser.ts'

/** How often each end is tried; `BROWSER_ROUNDS` tries longer. */
const rounds = Number(process.env['BROWSER_ROUNDS'] ?? 2)

interface Writer {
  readonly page: Page
  /** What was acknowledged so far. */
  readonly acknowledged: Set<string>
  /** Resolves when so much more is acknowledged. */
  readonly more: (count: number) => Promise<void>
}

/** A page that tells what is acknowledged the moment it is. */
const writerIn = async (context: BrowserContext): Promise<Writer> => {
  const page = await context.newPage()
  const acknowledged = new Set<string>()
  let told = (): void => undefined
  await page.exposeFunction('acknowledged', (notes: readonly string[]) => {
    for (const note of notes) acknowledged.add(note)
    told()
  })
  await page.goto(addressOf())
  const more = (count: number): Promise<void> => {
    const enough = acknowledged.size + count
    return new Promise((reached) => {
      told = () => {
        if (acknowledged.size >= enough) reached()
      }
    })
  }
  return { page, acknowledged, more }
}

const expectAll = async (page: Page, { acknowledged }: Writer): Promise<void> => {
  const { ok, broken, notes } = await ask(page, 'checkNotes', 'my-lab')
  expect({ ok, broken }).toEqual({ ok: true, broken: [] })
  const there = new Set(notes)
  expect(there.size).toBe(notes.length)
  expect([...acknowledged].filter((note) => !there.has(note))).toEqual([])
}

/** Lets the page begin what it never ends; that it is gone is no failure. */
const begin = (writing: Promise<void>): void => {
  writing.catch(() => undefined)
}

const ends: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  closed: (page) => page.close(),
  'sent elsewhere': (page) => page.goto('about:blank'),
  crashed: async (page) => {
    const crash = page.waitForEvent('crash')
    page.goto('chrome://crash').catch(() => undefined)
    await crash
  },
}

describe('a tab in the middle of writes', () => {
  let context: BrowserContext
  beforeEach(async () => {
    context = await (await launch()).newContext()
  })
  afterEach(async () => {
    await context.browser()?.close()
  })

  for (const [how, end] of Object.entries(ends)) {
    it.each([1, 50])(
      `that is ${how} loses nothing that it acknowledged to %i callers`,
      async (callers) => {
        const reader = await context.newPage()
        await reader.goto(addressOf('reader'))
        for (let round = 1; round <= rounds; round++) {
          const writer = await writerIn(context)
          begin(ask(writer.page, 'writeNotes', `my-lab`, callers))
          await writer.more(round * 37)
          await end(writer.page)
          expect(writer.acknowledged.size).toBeGreaterThanOrEqual(round * 37)
          await expectAll(reader, writer)
        }
      },
    )

    it(`that is ${how} leaves no half of an artifact`, async () => {
      const writer = await writerIn(context)
      begin(ask(writer.page, 'writeEndlessly', 'my-lab'))
      await writer.more(20)
      await end(writer.page)
      const reader = await context.newPage()
      await reader.goto(addressOf('reader'))
      expect((await ask(reader, 'checkNotes', 'my-lab')).ok).toBe(true)
      expect(await ask(reader, 'leftInBlobs', 'my-lab')).toEqual({ blobs: 0, drafts: 0, pieces: 0 })
    })
  }
})

/** A browser with a profile of its own, as a process that a test may kill with all that it started. */
const startBrowser = async (profile: string) => {
  const options = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`]
  const process = spawn(inject('chromium'), [...args, ...options, 'about:blank'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const address = await new Promise<string>((listening, failed) => {
    const lines = createInterface(process.stderr)
    lines.on('line', (line) => {
      const found = /DevTools listening on (ws:\S+)/.exec(line)?.[1]
      if (found !== undefined) listening(found)
    })
    process.once('exit', () => failed(new Error('Chromium ended before it listened.')))
  })
  const browser = await chromium.connectOverCDP(address)
  const [context] = browser.contexts()
  if (context === undefined) throw new Error('Chromium has no window.')
  return { process, context }
}

const kill = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit')
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  await exited
}

describe('a browser that is killed', () => {
  let profile: string
  beforeEach(async () => {
    profile = await mkdtemp(join(tmpdir(), 'varve-profile-'))
  })
  afterEach(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }))

  it('loses nothing that a page of it acknowledged', async () => {
    const before: Writer['acknowledged'] = new Set()
    for (let round = 1; round <= rounds + 1; round++) {
      const { process: child, context } = await startBrowser(profile)
      try {
        const writer = await writerIn(context)
        if (round > 1) await expectAll(writer.page, { ...writer, acknowledged: before })
        begin(ask(writer.page, 'writeNotes', 'my-lab', 20))
        await writer.more(500)
        for (const note of writer.acknowledged) before.add(note)
      } finally {
        await kill(child)
      }
    }
  })
})
