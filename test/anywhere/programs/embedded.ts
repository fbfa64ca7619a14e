import assert from 'node:assert/strict'
import { join } from 'node:path'
import { open, type Varve } from 'varve'

/**
 * Many stores in one process, as in a desktop application: open together, written at once, closed and opened
 * again while the others go on, in folders and in memory.
 */
const [, , folder = ''] = process.argv

const rounds = 5
const names = ['one', 'two', 'three', 'four', 'five', 'six']

const openNamed = (name: string): Promise<Varve> =>
  open(join(folder, name), { durability: 'os', facts: false })

/** Writes what tells the store, and the round, from all others. */
const use = async (varve: Varve, name: string): Promise<void> => {
  await varve.runs.start({ experiment: name, tags: { name } }, async (run) => {
    await Promise.all(
      Array.from({ length: 20 }, (_, step) => run.logMetric('loss', 1 / (step + 1), { step })),
    )
    await varve.registry.createVersion(name, { run: run.id })
  })
}

/** Everything that was written to it, and nothing of the others. */
const check = async (varve: Varve, name: string, times: number): Promise<void> => {
  const { rows } = await varve.runs.search()
  assert.deepEqual(
    rows.map(({ tags, metrics }) => [tags['name'], metrics['loss']?.count]),
    Array(times).fill([name, 20]),
  )
  assert.deepEqual(
    (await varve.registry.list()).map(({ name: model }) => model),
    [name],
  )
}

const stores = new Map<string, Varve>()
for (const name of names) stores.set(name, await openNamed(name))
await using inMemory = await open({ memory: true, facts: false })

for (let round = 1; round <= rounds; round++) {
  const one = names[round % names.length]
  await Promise.all(
    [...stores].map(async ([name, varve]) => {
      await use(varve, name)
      if (name !== one) return await check(varve, name, round)
      // Closed and opened again, by two callers at once, while the others go on.
      await varve.close()
      const [again, twin] = await Promise.all([openNamed(name), openNamed(name)])
      await check(twin, name, round)
      await twin.close()
      stores.set(name, again)
    }),
  )
  await use(inMemory, 'in memory')
  await check(inMemory, 'in memory', round)
}
for (const [name, varve] of [...stores].reverse()) {
  const { ok, events } = await varve.verify()
  assert.deepEqual({ name, ok, events: events > 0 }, { name, ok: true, events: true })
}
await Promise.all([...stores.values()].map((varve) => varve.close()))
process.stdout.write(`embedded: stores ${names.length}, rounds ${rounds}\n`)
