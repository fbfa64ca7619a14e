/**
 * Fills a store with runs, closes it, adds a tail of events that no checkpoint covers, and is killed: what it
 * leaves is what a crash leaves. Says the position half-way back on standard output.
 */
import { open } from 'varve'
import { logPoints } from '../harness/load.ts'
import { logRuns, syntheticRun } from '../harness/synthetic.ts'

const [folder = '', runs = '', tail = ''] = process.argv.slice(2)
const count = Number(runs)

const fill = async (): Promise<{ half: number; ids: readonly string[] }> => {
  const varve = await open(folder, { durability: 'os', facts: false })
  const early = await logRuns(varve, { from: 0, to: count / 2, make: syntheticRun })
  const { position: half } = await varve.moment()
  await logRuns(varve, { from: count / 2, to: count, make: syntheticRun })
  // As many whatever the size: the first question to a view of the past folds them.
  const touched = early.filter((_, index) => index % Math.ceil(early.length / 500) === 0)
  await Promise.all(
    touched.map(async (id) => (await varve.runs.resume(id)).setTag('looked-at', 'yes')),
  )
  await varve.close()
  return { half, ids: touched }
}

const { half, ids } = await fill()
const varve = await open(folder, { facts: false })
const resumed = await Promise.all(ids.map((id) => varve.runs.resume(id)))
await logPoints({ runs: resumed, callers: 100, events: Number(tail) })
process.stdout.write(`${half}\n`, () => process.kill(process.pid, 'SIGKILL'))
