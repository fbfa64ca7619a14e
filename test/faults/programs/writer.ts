import { writeSync } from 'node:fs'
import { defineEvents, open, type Run } from 'varve'

/**
 * Writes through the public API until it is killed, and says on descriptor 3 what was acknowledged:
 * `event <position> <life> <caller> <n>`, `point <life> <step>`, `pair <life> <step>`, `move <comment>`, and
 * `closing` and `opened` around the moments in which a checkpoint is written and read.
 */
const [, , folder = '', durability = 'fsync', callers = '1', mode = 'write', life = ''] =
  process.argv

const data = {
  '~standard': { version: 1, vendor: 'faults', validate: (value: unknown) => ({ value }) },
} as const
const probes = defineEvents('probe', { written: { version: 1, data } })

const options = {
  durability: durability === 'os' ? 'os' : 'fsync',
  facts: false,
  events: [probes],
} as const

const say = (line: string): void => {
  writeSync(3, `${line}\n`)
}

const opened = () => open(folder, options)
type Store = Awaited<ReturnType<typeof opened>>

/** What a caller writes for the nth time; the reader makes the same text again. */
const pad = (caller: number, n: number): string => `${life}:${caller}:${n};`.repeat(1 + (n % 9))

interface Caller {
  readonly varve: Store
  readonly run: Run
  readonly caller: number
}

const append = async ({ varve, caller }: Caller, n: number): Promise<void> => {
  const event = { life, caller, n, pad: pad(caller, n) }
  const { position } = await varve.append(`probe:${caller}`, 'probe.written', event)
  say(`event ${position} ${life} ${caller} ${n}`)
}

/** Two events of one command: a tag, and a point at the same step. */
const pair = async ({ run, caller }: Caller, n: number): Promise<void> => {
  const step = caller * 1_000_000 + n
  await run.logBatch({ tags: { pair: step }, metrics: [{ key: 'pair', value: n, step }] })
  say(`pair ${life} ${step}`)
}

/** To the version that does not hold the stage: a move to where it is would be no event. */
const move = async ({ varve }: Caller, n: number): Promise<void> => {
  const comment = `${life}:${n}`
  const current = await varve.registry.current('churn', 'Production')
  await varve.registry.transition('churn', current?.version === 1 ? 2 : 1, 'Production', {
    comment,
  })
  say(`move ${comment}`)
}

const point = async ({ run, caller }: Caller, n: number): Promise<void> => {
  const step = caller * 1_000_000 + n
  await run.logMetrics({ loss: n / 7 }, { step })
  say(`point ${life} ${step}`)
}

const write = async (as: Caller, n: number): Promise<void> => {
  if (mode === 'flood')
    await Promise.all(Array.from({ length: 10 }, (_, k) => append(as, n * 10 + k)))
  else if (as.caller === 0 && n % 5 === 4) await move(as, n)
  else if (n % 7 === 6) await pair(as, n)
  else if (n % 4 === 3) await point(as, n)
  else await append(as, n)
}

const begin = async (varve: Store): Promise<Run> => {
  const run = await varve.runs.start({ id: `life-${life}`, experiment: 'faults' })
  if ((await varve.registry.list()).length === 0) {
    for (const source of ['one', 'two']) await varve.registry.createVersion('churn', { source })
  }
  return run
}

/** Closing writes a checkpoint, and opening reads it: both happen often here. */
const closeAndOpen = async (varve: Store): Promise<Store> => {
  say('closing')
  await varve.close()
  const again = await opened()
  say('opened')
  return again
}

/** Writes of a caller between two closings of the store. */
const each = mode === 'reopen' ? 2 : 20

const live = async (): Promise<never> => {
  let varve = await opened()
  let run = await begin(varve)
  process.stdout.write('ready\n')
  for (let turn = 0; ; turn++) {
    const writers = Array.from({ length: Number(callers) }, async (_, caller) => {
      for (let n = turn * each; n < (turn + 1) * each; n++) await write({ varve, run, caller }, n)
    })
    await Promise.all(writers)
    if (mode !== 'reopen') continue
    varve = await closeAndOpen(varve)
    run = await varve.runs.resume(`life-${life}`)
  }
}

await live()
