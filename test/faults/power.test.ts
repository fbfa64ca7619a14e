import { readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { report, tries } from './effort.ts'
import { type Image, imageOf, writeImage } from './files.ts'
import { codeOf, openFilling } from './programs/fill.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-power-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** How long the newest file of LevelDB's log was when an event was acknowledged. */
interface Acknowledged {
  readonly position: number
  readonly file: string
  readonly size: number
}

/** A store as the disk had it at an instant at which it was open, and what was acknowledged until then. */
interface Instant {
  readonly image: Image
  readonly acknowledged: readonly Acknowledged[]
}

const newestOf = (store: string, pattern: RegExp): string => {
  const names = readdirSync(join(store, 'log')).filter((name) => pattern.test(name))
  return join('log', names.sort().at(-1) ?? '')
}

/** Writes events one after the other, each as durable as 'fsync' makes it, and looks at the open store. */
const writeUntil = async (store: string, texts: readonly string[]): Promise<Instant> => {
  await (await openFilling(store)).close()
  const first = await openFilling(store)
  for (let n = 0; n < 20; n++) await first.append('ballast:1', 'ballast.laid', { n })
  await first.close()
  const varve = await openFilling(store)
  const acknowledged: Acknowledged[] = []
  for (const text of texts) {
    const { position } = await varve.append('ballast:1', 'ballast.laid', { text })
    const file = newestOf(store, /\.log$/)
    acknowledged.push({ position, file, size: statSync(join(store, file)).size })
  }
  const image = await imageOf(store)
  await varve.close()
  return { image, acknowledged }
}

/** A disk after the power came back. */
interface Cut {
  readonly file: string
  /** What the file has; `undefined` when it has no name any more. */
  readonly bytes: Uint8Array | undefined
  /** Every event up to this position was acknowledged before. */
  readonly upTo: number
}

const counted = { cuts: 0, complete: 0, refused: 0, holes: 0 }

/** Opens the store after a cut: what was acknowledged is there, or the opening is refused. */
const examine = async (image: Image, { file, bytes, upTo }: Cut): Promise<string | undefined> => {
  const store = join(folder, 'cut')
  await writeImage(store, image, new Map([[file, bytes]]))
  counted.cuts += 1
  const varve = await openFilling(store).catch(codeOf)
  if (typeof varve === 'string') {
    counted.refused += 1
    return varve === 'LOG_CORRUPT' ? undefined : varve
  }
  const { ok, events } = await varve.verify()
  const { position } = await varve.append('ballast:1', 'ballast.laid', {})
  await varve.close()
  if (ok && events > upTo && position === events) {
    counted.complete += 1
    return undefined
  }
  counted.holes += 1
  return `${file} cut at ${bytes?.length}: ${events} events, ${upTo + 1} acknowledged, ok: ${ok}`
}

const examineAll = async (image: Image, cuts: readonly Cut[]): Promise<readonly string[]> => {
  const wrong: string[] = []
  for (const cut of cuts) {
    const found = await examine(image, cut)
    if (found !== undefined) wrong.push(found)
  }
  return wrong
}

/** What was acknowledged when the file was no longer than this. */
const acknowledgedAt = ({ acknowledged }: Instant, file: string, size: number): number =>
  Math.max(
    acknowledged[0] === undefined ? -1 : acknowledged[0].position - 1,
    ...acknowledged
      .filter((each) => each.file < file || (each.file === file && each.size <= size))
      .map(({ position }) => position),
  )

const evenly = (from: number, to: number, count: number): readonly number[] => {
  const step = Math.max(1, (to - from) / count)
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, k) =>
    Math.floor(from + k * step),
  )
}

describe('a power cut', () => {
  afterAll(() => report('power cut', counted))

  it('at any byte of the last writes leaves everything acknowledged before it', async () => {
    const instant = await writeUntil(join(folder, 'small'), ['a', 'be', 'sea', 'deer', 'eagle'])
    const last = instant.acknowledged.at(-1)
    const from = instant.acknowledged.at(-4)?.size ?? 0
    const whole = instant.image.get(last?.file ?? '')
    if (last === undefined || whole === undefined) throw new Error('Nothing was written.')
    expect(whole.length).toBe(last.size)
    const { file } = last
    const cuts = evenly(from, whole.length + 1, tries(700)).flatMap((size): Cut[] => {
      const upTo = acknowledgedAt(instant, file, size)
      const short = { file, bytes: whole.subarray(0, size), upTo }
      if (size % 8 !== 0) return [short]
      // The length of a file may reach the disk before its last bytes do.
      const zeros = Uint8Array.from(whole).fill(0, size)
      return [short, { file, bytes: zeros, upTo }]
    })
    expect(await examineAll(instant.image, cuts)).toEqual([])
  })

  it('that takes a file that was never synced takes nothing else', async () => {
    const noise = Array.from({ length: 24 }, (_, n) =>
      Array.from({ length: 20_000 }, (__, k) => ((k * 7919 + n * 104_729) ** 2).toString(36)).join(
        '',
      ),
    )
    const instant = await writeUntil(join(folder, 'large'), [...noise, 'last'])
    const files = new Set(instant.acknowledged.map(({ file }) => file))
    const newest = [...files].at(-1) ?? ''
    expect(files.size).toBeGreaterThan(1)
    const upTo = acknowledgedAt(instant, newest, -1)
    const cuts = [undefined, new Uint8Array(0), new Uint8Array(512)].map(
      (bytes): Cut => ({ file: newest, bytes, upTo }),
    )
    expect(await examineAll(instant.image, cuts)).toEqual([])
  })

  it('at any byte of the list of tables is survived, or said', async () => {
    const store = join(folder, 'tables')
    const instant = await writeUntil(store, ['a', 'b', 'c'])
    const file = [...instant.image.keys()].filter((path) => path.includes('MANIFEST')).at(-1) ?? ''
    const whole = instant.image.get(file) ?? new Uint8Array(0)
    const upTo = instant.acknowledged.at(-1)?.position ?? -1
    const cuts = evenly(0, whole.length, tries(200)).map(
      (size): Cut => ({ file, bytes: whole.subarray(0, size), upTo }),
    )
    expect(cuts.length).toBeGreaterThan(50)
    expect(await examineAll(instant.image, cuts)).toEqual([])
  })
})
