import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { open, type Run } from 'varve'

/** The thread of `threads.ts`. */
// `as`: what `threads.ts` gives to its threads.
const { folder, task } = workerData as { folder: string; task: 'write' | 'race' | 'flood' }

const openHere = () => open(folder, { durability: 'os', facts: false })

const say = (message: unknown): void => parentPort?.postMessage(message)
const told = async (): Promise<void> => {
  if (parentPort !== null) await once(parentPort, 'message')
}

const write = async (): Promise<void> => {
  const varve = await openHere()
  await varve.runs.start({ experiment: 'thread' }, async (run) => {
    for (let step = 0; step < 100; step++) await run.logMetric('loss', 1 / (step + 1), { step })
  })
  await varve.close()
  say(100)
}

/** Opens when told to, closes when told to, and says what came of it, until it is terminated. */
const race = async (): Promise<never> => {
  say('ready')
  for (;;) {
    await told()
    const varve = await openHere().catch((error: unknown) => error)
    const isOpen = typeof varve === 'object' && varve !== null && 'close' in varve
    say(isOpen ? 'open' : Reflect.get(Object(varve), 'code'))
    await told()
    // `as`: what is open has a `close`.
    if (isOpen) await (varve as Awaited<ReturnType<typeof openHere>>).close()
    say('over')
  }
}

/** Eight callers, each of which awaits its own points. */
const flood = async (): Promise<void> => {
  const varve = await openHere()
  const run: Run = await varve.runs.start({ experiment: 'thread' })
  const caller = async (_: unknown, at: number): Promise<never> => {
    for (let n = 0; ; n++) {
      await run.logMetric('loss', n, { step: at * 1_000_000 + n })
      say(n)
    }
  }
  await Promise.all(Array.from({ length: 8 }, caller))
}

await { write, race, flood }[task]()
parentPort?.close()
