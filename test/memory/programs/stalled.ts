import { defineEvents, open } from 'varve'

/**
 * Writes events while subscribers stand still: one of every kind from the first event on, and another one for
 * each 20 000 events, a little behind the head. Each has taken one event, and asks for no more. At the end the
 * oldest goes on, and finds all of them.
 */
const [, , folder = '', total = ''] = process.argv

const count = Number(total)
const callers = 500
const data = {
  '~standard': { version: 1, vendor: 'memory', validate: (value: unknown) => ({ value }) },
} as const
const beats = defineEvents('beat', { heard: { version: 1, data } })

const varve = await open(folder, { durability: 'os', facts: false, events: [beats] })
const append = (n: number) =>
  varve.append(`beat:${n % 10}`, 'beat.heard', { n, text: `heard for the ${n}th time` })
await append(0)

const pulled = varve.events({ from: 'start' })[Symbol.asyncIterator]()
const durable = (await varve.subscribe('stalled'))[Symbol.asyncIterator]()
const batches = varve.read({ from: 'start', live: true })[Symbol.asyncIterator]()
for (const iterator of [pulled, durable, batches]) await iterator.next()

const late: AsyncIterator<unknown>[] = []
const follow = async (from: number): Promise<void> => {
  const iterator = varve.events({ from })[Symbol.asyncIterator]()
  await iterator.next()
  late.push(iterator)
}

const caller = async (_: unknown, at: number): Promise<void> => {
  for (let n = at + 1; n < count; n += callers) {
    const { position } = await append(n)
    if (position % 20_000 === 0) await follow(position - 15_000)
  }
}
await Promise.all(Array.from({ length: callers }, caller))

let next = 1
while (next < count) {
  const { value } = await pulled.next()
  if (value.position !== next) throw new Error(`${value.position} comes where ${next} should`)
  next += 1
}
for (const iterator of [pulled, durable, batches, ...late]) await iterator.return?.()
await varve.close()
process.stdout.write(`events ${next}, stalled ${late.length + 3}\n`)
