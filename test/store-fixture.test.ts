import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesOf, fixtureAnswers, openFixture, writeFixture } from './store-fixture.ts'

const { WRITE_STORE_FIXTURE } = process.env
if (WRITE_STORE_FIXTURE !== undefined) await writeFixture(WRITE_STORE_FIXTURE)

const kept = fileURLToPath(new URL('fixtures/store-0.1', import.meta.url))

describe('a store that varve 0.1 wrote', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'varve-kept-'))
    await cp(join(kept, 'store'), folder, { recursive: true })
  })

  afterAll(() => rm(folder, { recursive: true }))

  it('is opened, gives the answers it gave then, and is whole', async () => {
    const varve = await openFixture(folder)
    const expected: object = JSON.parse(await readFile(join(kept, 'expected.json'), 'utf8'))
    // What later versions say beside it is theirs.
    expect(await fixtureAnswers(varve)).toMatchObject(expected)
    expect(await varve.verify()).toMatchObject({ ok: true, broken: [], artifacts: 2 })
    await varve.close()
  })

  it('goes on where it ended: keys, cursors and positions', async () => {
    const varve = await openFixture(folder)
    const { position } = await varve.log.info()
    const again = await varve.runs.start({
      id: 'r3',
      experiment: 'churn',
      name: 'third',
      idempotencyKey: 'k',
    })
    expect([again.id, (await varve.log.info()).position]).toEqual(['r3', position])
    for await (const { event } of await varve.subscribe('reader')) {
      expect(event.position).toBe(4)
      break
    }
    await varve.experiments.setTags('churn', { later: true })
    expect((await varve.log.info()).position).toBe(position + 1)
    await varve.close()
    await using reopened = await openFixture(folder)
    expect(await reopened.verify()).toMatchObject({ ok: true, broken: [] })
  })

  it('is whole in the repository, without the locks of a database', async () => {
    const files = await filesOf(join(kept, 'store'))
    expect(files.some((path) => /[\\/]CURRENT$/.test(path))).toBe(true)
    expect(files.filter((path) => /[\\/](?:LOCK|\.gitignore)$/.test(path))).toEqual([])
  })
})
