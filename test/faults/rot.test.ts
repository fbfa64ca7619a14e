import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dice, report, tries } from './effort.ts'
import { Examiner, type Outcome } from './examiner.ts'
import { type Image, imageOf, writeImage } from './files.ts'
import { makeStore } from './programs/answers.ts'

const examiner = new Examiner()
let folder: string
let healthy: string
let whole: Extract<Outcome, { end: 'answered' }>
let image: Image
let files: readonly { readonly path: string; readonly bytes: Uint8Array }[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-rot-'))
  healthy = join(folder, 'healthy')
  await makeStore(healthy)
  image = await imageOf(healthy)
  files = [...image].map(([path, bytes]) => ({ path, bytes }))
  const examined = await examine({ path: '.gitignore', bytes: Buffer.from('*\n') })
  if (examined.end !== 'answered') throw new Error(`The store is not well: ${difference(examined)}`)
  whole = examined
  expect(whole.answers).toMatch(/^\{.*\}\[\d+,\d+,\d+\]$/s)
})
afterAll(async () => {
  await examiner[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Examines a copy of the store in which one file has other bytes. */
const examine = async (file: { path: string; bytes: Uint8Array }): Promise<Outcome> => {
  const copy = join(folder, 'copy')
  await writeImage(copy, image, new Map([[file.path, file.bytes]]))
  try {
    return await examiner.examine(copy)
  } finally {
    await rm(copy, { recursive: true })
  }
}

/** A file with damage, and where it is. */
interface Damage {
  readonly path: string
  readonly at: number
  readonly bytes: Uint8Array
}

const flipped = (at: number, bit: number): Damage => {
  let offset = at
  for (const { path, bytes } of files) {
    if (offset < bytes.length) {
      const changed = Uint8Array.from(bytes)
      changed[offset] = (changed[offset] ?? 0) ^ (1 << bit)
      return { path, at: offset, bytes: changed }
    }
    offset -= bytes.length
  }
  throw new RangeError(`The store has no byte ${at}.`)
}

const zeroed = (sector: number): Damage => {
  let left = sector
  for (const { path, bytes } of files) {
    const sectors = Math.ceil(bytes.length / 512)
    if (left < sectors) {
      const changed = Uint8Array.from(bytes).fill(0, left * 512, left * 512 + 512)
      return { path, at: left * 512, bytes: changed }
    }
    left -= sectors
  }
  throw new RangeError(`The store has no sector ${sector}.`)
}

const outcomeOf = (examined: Outcome) => {
  // LevelDB ends the process itself over some damage: loud enough. Whatever else ends it is not.
  if (examined.end === 'aborted') return examined.signal === 'SIGABRT' ? 'aborted' : 'silent'
  if (examined.end === 'refused') return /^LOG_[A-Z_]+$/.test(examined.code) ? 'refused' : 'silent'
  if (examined.end === 'found') return 'verified'
  // The question itself is refused, with the position, although a reading of the whole log sees nothing.
  if (examined.answers.startsWith('LOG_CORRUPT: ')) return 'told'
  if (examined.answers !== whole.answers || examined.cursor > whole.cursor) return 'silent'
  return examined.cursor < whole.cursor ? 'redelivered' : 'harmless'
}

/** Around the first letter that is another than in the answers of the healthy store. */
const difference = (examined: Outcome): string => {
  if (examined.end === 'aborted') return `the process ended with ${examined.signal}`
  if (examined.end !== 'answered') return examined.message
  const letters = [...whole.answers]
  const at = letters.findIndex((letter, index) => examined.answers[index] !== letter)
  return examined.answers.slice(Math.max(0, at - 100), at + 200)
}

/** Examines the store under each damage, and gives those of which nobody is told. */
const suffer = async (fault: string, damages: Iterable<Damage>): Promise<readonly string[]> => {
  const counted = {
    tried: 0,
    refused: 0,
    verified: 0,
    aborted: 0,
    told: 0,
    harmless: 0,
    redelivered: 0,
    silent: 0,
  }
  const silent: string[] = []
  for (const damage of damages) {
    counted.tried += 1
    const examined = await examine(damage)
    const outcome = outcomeOf(examined)
    counted[outcome] += 1
    if (outcome === 'silent') silent.push(`${damage.path} at ${damage.at}: ${difference(examined)}`)
  }
  report(fault, counted)
  return silent
}

describe('a closed store', () => {
  it('with one flipped bit answers as before, or says that it is damaged', async () => {
    const roll = dice('flips')
    const size = files.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const count = tries(300)
    const flips = Array.from({ length: count }, (_, index) =>
      flipped(Math.floor(((index + roll(1000) / 1000) * size) / count), roll(8)),
    )
    expect(await suffer('flipped bits', flips)).toEqual([])
  })

  it('with a sector of zeros answers as before, or says that it is damaged', async () => {
    const sectors = files.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 512), 0)
    const count = Math.min(sectors, tries(150))
    const zeros = Array.from({ length: count }, (_, index) =>
      zeroed(Math.floor((index * sectors) / count)),
    )
    expect(await suffer('zeroed sectors', zeros)).toEqual([])
  })
})
