import { open } from 'varve'

/** Writes points through `run.logBatch`: so many in all, a thousand a call, over four runs. */
const [, , folder = '', total = ''] = process.argv

const each = 1000
const metrics = 100

const varve = await open(folder, { durability: 'os', facts: false })
const write = async (_: unknown, at: number): Promise<void> => {
  const run = await varve.runs.start({ experiment: 'memory', id: `run-${at}` })
  for (let n = 0; n < Number(total) / 4 / each; n++) {
    const points = Array.from({ length: each }, (__, k) => ({
      key: `metric ${k % metrics}`,
      value: Math.sin(n * each + k),
      step: n * (each / metrics) + Math.floor(k / metrics),
    }))
    await run.logBatch({ metrics: points })
  }
  await run.end()
}
await Promise.all(Array.from({ length: 4 }, write))
const { rows } = await varve.runs.search()
let written = 0
for (const { metrics: columns } of rows) {
  for (const { count } of Object.values(columns)) written += count
}
await varve.close()
process.stdout.write(`points ${written}\n`)
