import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { open } from 'varve'

/**
 * Stores in worker threads: one that lives there, one that two threads race for, and one whose thread is
 * terminated while it writes.
 */
const [, , folder = ''] = process.argv

const openHere = () => open(folder, { durability: 'os', facts: false })

/** Starts a thread that opens the folder and does as it is told. */
const threadThat = (task: 'write' | 'race' | 'flood'): Worker =>
  new Worker(new URL('thread.js', import.meta.url), { workerData: { folder, task } })

const messageOf = async (worker: Worker): Promise<unknown> => (await once(worker, 'message'))[0]

/** Everything acknowledged is there, and nothing is broken. */
const check = async (least: number): Promise<void> => {
  await using varve = await openHere()
  const { rows } = await varve.runs.search({ limit: 1000 })
  const points = rows.reduce((sum, { metrics }) => sum + (metrics['loss']?.count ?? 0), 0)
  assert.ok(points >= least, `${points} points, ${least} acknowledged`)
  assert.equal((await varve.verify()).ok, true)
}

const writing = threadThat('write')
const [written] = await Promise.all([messageOf(writing), once(writing, 'exit')])
assert.equal(written, 100)
let acknowledged = 100
await check(acknowledged)

const races = { here: 0, there: 0 }
const racing = threadThat('race')
await messageOf(racing)
while (races.here + races.there < 20) {
  const answer = messageOf(racing)
  racing.postMessage('go')
  const [here, there] = await Promise.all([
    openHere().catch((error: unknown) => Reflect.get(Object(error), 'code')),
    answer,
  ])
  if (typeof here === 'object') {
    assert.equal(there, 'LOG_LOCKED')
    races.here += 1
    await here.close()
  } else {
    assert.deepEqual([here, there], ['LOG_LOCKED', 'open'])
    races.there += 1
  }
  const over = messageOf(racing)
  racing.postMessage('close')
  await over
}
await racing.terminate()

let terminated = 0
for (; terminated < 5; terminated++) {
  const flooding = threadThat('flood')
  let acks = 0
  await new Promise<void>((enough) => {
    flooding.on('message', () => {
      acks += 1
      if (acks === 20 + terminated * 7) enough()
    })
  })
  await flooding.terminate()
  acknowledged += acks
  await check(acknowledged)
}
process.stdout.write(`threads: races ${races.here + races.there}, terminated ${terminated}\n`)
