import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { historyOf, type Said, wholeBytes } from '../../test/keeping/history.ts'
import { law } from '../../test/property.ts'
import { open } from '../index.ts'
import { archiveOf } from './archive.ts'
import { exportArchive, importArchive } from './index.ts'

let folder: string
let archive: Uint8Array

const said = (data: unknown, rest: Partial<Said> = {}): Said => ({
  stream: 'run:1',
  type: 'thing.happened',
  actor: 'ana',
  later: 1,
  data,
  ...rest,
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-archive-'))
  const source = await historyOf([
    [said({ a: 1 }), said({ b: [Number.NaN, -0] })],
    [said({ column: Float64Array.of(1, 2, 3, 4, 5, 0.5) })],
  ])
  const { digest, size } = await source.blobs.put('the bytes of a model')
  const logged = said({ path: 'model', digest, size }, { type: 'run.artifact-logged' })
  const whole = await historyOf([[said({ a: 1 }), said({ b: -0 })], [logged]])
  archive = await wholeBytes(archiveOf({ ...whole, blobs: source.blobs }))
})

afterAll(() => rm(folder, { recursive: true }))

/** What became of an import into a place of its own. */
const imported = async (bytes: Uint8Array): Promise<string> => {
  const to = join(folder, 'store')
  try {
    await importArchive([bytes], to)
    await rm(to, { recursive: true })
    return 'taken'
  } catch (error) {
    expect(await readdir(folder)).toEqual([])
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

describe('An archive', () => {
  it('of a store gives its answers and artifacts back, in chunks of any size', async () => {
    await using varve = await open({ memory: true, facts: false })
    const run = await varve.runs.start({ experiment: 'e', params: { depth: 8 } })
    await run.logArtifact('model/weights', 'x'.repeat(300_000))
    const bytes = await wholeBytes(exportArchive(varve))
    const chunks = (size: number): Uint8Array[] =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
    for (const size of [7, 4096, bytes.length]) {
      const to = join(folder, 'answers')
      const copy = await importArchive(chunks(size), to)
      expect(copy).toMatchObject({ artifacts: 1, head: (await varve.log.info()).head })
      const again = await open(to)
      expect(await again.runs.get(run.id)).toEqual(await varve.runs.get(run.id))
      expect(await again.verify()).toMatchObject({ ok: true, artifacts: 1 })
      await again.close()
      await rm(to, { recursive: true })
    }
  })

  it('may leave the artifacts out, which verify() then misses', async () => {
    await using varve = await open({ memory: true, facts: false })
    const run = await varve.runs.start({ experiment: 'e' })
    await run.logArtifact('model', 'bytes')
    const to = join(folder, 'without')
    await importArchive(exportArchive(varve, { artifacts: false }), to)
    const again = await open(to)
    expect(await again.verify()).toMatchObject({ ok: false, broken: [{ check: 'artifacts' }] })
    await again.close()
    await rm(to, { recursive: true })
  })

  it('of which any one bit is changed is refused, and nothing of it is left', async () => {
    expect(await imported(archive)).toBe('taken')
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: archive.length - 1 }), fc.nat({ max: 7 }), async (at, bit) => {
        const changed = archive.with(at, (archive[at] ?? 0) ^ (1 << bit))
        expect(await imported(changed)).toMatch(/^(?:LOG_CORRUPT|LOG_FORMAT|INVALID_VALUE)$/)
      }),
      law(0.5),
    )
  })

  it('that is cut anywhere, or goes on after its end, is refused, and nothing of it is left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: archive.length - 1 }), async (length) => {
        const code = length < 10 ? 'INVALID_VALUE' : 'LOG_CORRUPT'
        expect(await imported(archive.subarray(0, length))).toBe(code)
      }),
      law(),
    )
    expect(await imported(new Uint8Array([...archive, 0]))).toBe('LOG_CORRUPT')
    expect(await imported(new Uint8Array([...archive, ...archive]))).toBe('LOG_CORRUPT')
  })

  it('that is damaged is refused with the position', async () => {
    const long = await historyOf(Array.from({ length: 40 }, (_, at) => [said({ at }), said({})]))
    const bytes = await wholeBytes(archiveOf(long))
    // The last commit lies before the 93 bytes of the end's frame.
    const changed = bytes.with(bytes.length - 94, (bytes.at(-94) ?? 0) ^ 1)
    await expect(importArchive([changed], join(folder, 'new'))).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      data: { position: 78 },
    })
    expect(await readdir(folder)).toEqual([])
  })

  it('that ends with an error of its source leaves nothing', async () => {
    const failing = async function* () {
      yield archive.subarray(0, archive.length - 20)
      throw new Error('connection lost')
    }
    const to = join(folder, 'new')
    await expect(importArchive(failing(), to)).rejects.toThrow('connection lost')
    const stopped = { signal: AbortSignal.abort(new Error('enough')) }
    await expect(importArchive([archive], to, stopped)).rejects.toThrow('enough')
    expect(existsSync(to)).toBe(false)
    expect(await readdir(folder)).toEqual([])
  })
})
