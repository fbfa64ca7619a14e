import { writeSync } from 'node:fs'
import { defineEvents, open } from 'varve'

/**
 * Writes as the owner of a store, a number of times or until it is refused, and says on descriptor 3 what was
 * acknowledged: `event <position> <life> <caller> <n>`. When it is refused it reads what it has, tries to write and
 * to go on once more, and says on a line of JSON what came of it.
 */
const [, , folder = '', durability = 'fsync', life = '', callers = '1', limit = 'none'] =
  process.argv

const data = {
  '~standard': { version: 1, vendor: 'faults', validate: (value: unknown) => ({ value }) },
} as const
const probes = defineEvents('probe', { written: { version: 1, data } })

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

const outcome = (call: Promise<unknown>): Promise<string> => call.then(() => 'done', codeOf)

const varve = await open(folder, {
  durability: durability === 'os' ? 'os' : 'fsync',
  facts: false,
  events: [probes],
})

const write = async (caller: number, n: number): Promise<void> => {
  const pad = `${life}:${caller}:${n};`.repeat(1 + (n % 9))
  const event = { life, caller, n, pad }
  const { position } = await varve.append(`probe:${caller}`, 'probe.written', event)
  writeSync(3, `event ${position} ${life} ${caller} ${n}\n`)
  if (n === 0) process.stdout.write('ready\n')
}

const codes = new Set<string>()
const most = limit === 'none' ? Number.POSITIVE_INFINITY : Number(limit)
const calling = async (_: unknown, caller: number): Promise<void> => {
  try {
    for (let n = 0; n < most; n++) await write(caller, n)
  } catch (error) {
    codes.add(codeOf(error))
  }
}
await Promise.all(Array.from({ length: Number(callers) }, calling))

const facts = {
  codes: [...codes],
  reading: await outcome(varve.experiments.list()),
  writing: limit === 'none' ? await outcome(write(0, 1)) : 'not tried',
  reopening: limit === 'none' ? await outcome(varve.reopen()) : 'not tried',
  closed: await outcome(varve.close()),
}
writeSync(1, `${JSON.stringify(facts)}\n`)
