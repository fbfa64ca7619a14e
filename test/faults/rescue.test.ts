import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open, type RecordedEvent, type Varve } from '../../src/index.ts'
import { repair } from '../../src/keeping/index.ts'
import { dice, report, tries } from './effort.ts'
import { type Image, imageOf, writeImage } from './files.ts'
import { makeStore } from './programs/answers.ts'

let folder: string
let image: Image
/** The events of the healthy store, each as text. */
let whole: readonly string[]

const textOf = (event: RecordedEvent): string =>
  JSON.stringify(event, (_key, value: unknown) =>
    ArrayBuffer.isView(value) ? [...new Uint8Array(value.buffer)] : value,
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-rescue-'))
  const healthy = join(folder, 'healthy')
  await makeStore(healthy)
  image = await imageOf(healthy)
  await using varve = await open(healthy, { readOnly: true })
  whole = (await readFrom(varve, 0)).map(textOf)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The events from a position to the next hole, or to the end. */
const readFrom = async (varve: Varve, from: number): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = []
  try {
    for await (const batch of varve.read({ from })) events.push(...batch.events)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'LOG_CORRUPT') throw error
  }
  return events
}

const counted = { tried: 0, damaged: 0, missing: 0, most: 0, beyond: 0, wrong: 0, repaired: 0 }

/** Reads everything that is intact: what is there is what was written, at its position. */
const rescued = async (store: string): Promise<number> => {
  await using varve = await open(store, { readOnly: true })
  const { broken } = await varve.verify()
  const holes = broken.flatMap(({ check, position }) =>
    check === 'positions' ? [position ?? 0] : [],
  )
  const found = [...(await readFrom(varve, 0))]
  const prefix = found.length
  for (let from = prefix + 1; holes.length > 0 && from < whole.length; ) {
    const events = await readFrom(varve, from)
    found.push(...events)
    counted.beyond += events.length
    from = (events.at(-1)?.position ?? from) + 1
    while (from < whole.length && (await readFrom(varve, from)).length === 0) from += 1
  }
  counted.wrong += found.filter((event) => textOf(event) !== whole[event.position]).length
  const missing = whole.length - found.length
  counted.missing += missing
  counted.most = Math.max(counted.most, missing)
  if (broken.some(({ check }) => check === 'files' || check === 'positions')) counted.damaged += 1
  expect((await varve.asOf('now').moment()).position).toBe(prefix - 1)
  expect(missing > 0).toBe(holes.length > 0)
  return prefix
}

/** Repairs it: the store opens, has what was whole, and verifies. */
const mended = async (store: string, prefix: number): Promise<void> => {
  const { repaired, intact } = await repair(store)
  expect(intact).toBe(prefix - 1)
  await using varve = await open(store)
  const events = await readFrom(varve, 0)
  expect(events.slice(0, prefix).map(textOf)).toEqual(whole.slice(0, prefix))
  expect(events.slice(prefix).map(({ type }) => type)).toEqual(repaired ? ['log.repaired'] : [])
  if (repaired) counted.repaired += 1
  const { broken } = await varve.verify()
  expect(broken).toEqual([])
}

type Damage = (bytes: Uint8Array, roll: (below: number) => number) => Uint8Array | undefined

/** What happens to one file. */
const damages: Readonly<Record<string, Damage>> = {
  flip: (bytes, roll) => {
    const changed = Uint8Array.from(bytes)
    const at = roll(bytes.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << roll(8))
    return changed
  },
  zero: (bytes, roll) => {
    const sector = roll(Math.ceil(bytes.length / 512)) * 512
    return Uint8Array.from(bytes).fill(0, sector, sector + 512)
  },
  cut: (bytes, roll) => bytes.subarray(0, roll(bytes.length)),
  remove: () => undefined,
}

describe('a damaged store', () => {
  it.each(Object.entries(damages))(
    'gives back what is intact and can be repaired, after: %s',
    async (name, damage) => {
      const roll = dice(`rescue ${name}`)
      const files = [...image.keys()].filter(
        (path) => path.startsWith('log') && /(?:ldb|log|CURRENT|MANIFEST-\d+)$/.test(path),
      )
      for (let round = 0; round < tries(15); round++) {
        const path = files[roll(files.length)] ?? ''
        const store = join(folder, `${name}-${round}`)
        await writeImage(
          store,
          image,
          new Map([[path, damage(image.get(path) ?? new Uint8Array(), roll)]]),
        )
        counted.tried += 1
        await mended(store, await rescued(store))
        await rm(store, { recursive: true })
      }
    },
  )

  afterAll(() => {
    report('rescue and repair', counted)
    expect(counted.wrong).toBe(0)
  })
})
