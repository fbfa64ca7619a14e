import assert from 'node:assert/strict'
import * as varve from 'varve'

/** Two copies of the package in one process: a folder that one holds is refused by the other. */
const [, , folder = '', copy = ''] = process.argv

// `as`: the copy is of this very package.
const other = (await import(copy)) as typeof varve
assert.notEqual(other.open, varve.open)

const rounds = 20
const data = {
  '~standard': { version: 1, vendor: 'anywhere', validate: (value: unknown) => ({ value }) },
} as const
// A family that one copy defined is understood by the other.
const events = [other.defineEvents('beat', { heard: { version: 1, data } })]
const openWith = ({ open }: typeof varve) =>
  open(folder, { durability: 'os', facts: false, events })

/** Tries while the folder is held by the other copy. */
const refused = async (copyOf: typeof varve): Promise<void> => {
  const error: unknown = await openWith(copyOf).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const { code, data: facts } = Object.assign({ code: '', data: {} }, error)
  assert.deepEqual([code, Reflect.get(facts, 'pid')], ['LOG_LOCKED', process.pid])
}

let written = 0
for (let round = 0; round < rounds; round++) {
  const [holder, waiting] = round % 2 === 0 ? [varve, other] : [other, varve]
  const store = await openWith(holder)
  await Promise.all([
    ...Array.from({ length: 10 }, (_, n) => store.append('beat:1', 'beat.heard', { round, n })),
    refused(waiting),
    refused(waiting),
  ])
  written += 10
  await refused(waiting)
  await store.close()
}

let races = 0
for (let round = 0; round < rounds; round++) {
  const opened = await Promise.allSettled([openWith(varve), openWith(other)])
  const winners = opened.filter((result) => result.status === 'fulfilled')
  assert.equal(winners.length, 1)
  for (const { value: store } of winners) {
    await store.append('beat:1', 'beat.heard', { round })
    await store.close()
  }
  written += 1
  races += 1
}

const store = await openWith(other)
const { ok, events: counted } = await store.verify()
assert.deepEqual([ok, counted], [true, written])
await store.close()
process.stdout.write(`copies: rounds ${rounds}, races ${races}, events ${written}\n`)
