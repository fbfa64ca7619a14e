import { defineEvents, open } from 'varve'

const data = {
  '~standard': { version: 1, vendor: 'faults', validate: (value: unknown) => ({ value }) },
} as const
const ballast = defineEvents('ballast', { laid: { version: 1, data } })

/** Opens a store that is to be filled. */
export const openFilling = (folder: string) =>
  open(folder, { durability: 'fsync', facts: false, events: [ballast] })

type Filling = Awaited<ReturnType<typeof openFilling>>

/** The code of an error, or what it is without one. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

const outcome = (write: Promise<unknown>): Promise<string> => write.then(() => 'written', codeOf)

const positionsIn = async (varve: Filling): Promise<number> => {
  let count = 0
  for await (const { events } of varve.read()) count += events.length
  return count
}

/** What came of filling a store until its disk refused. */
export interface Filled {
  /** Positions of the events that were acknowledged, in order. */
  readonly acknowledged: readonly number[]
  /** The code with which each of the writes failed, each once. */
  readonly codes: readonly string[]
  /** The code with which an artifact is refused then. */
  readonly artifact: string
  /** Events that reading gives while writing is refused. */
  readonly readable: number
  /** Whether questions are answered while writing is refused. */
  readonly answering: boolean
}

/** Writes into a store, ten callers at once, until the disk refuses; then tries what still works. */
export const fill = async (varve: Filling): Promise<Filled> => {
  const acknowledged: number[] = []
  const codes = new Set<string>()
  const text = 'sediment '.repeat(400)
  const caller = async (_: unknown, at: number): Promise<void> => {
    for (;;) {
      const event = { at, text, noise: Math.random() }
      try {
        acknowledged.push((await varve.append('ballast:1', 'ballast.laid', event)).position)
      } catch (error) {
        codes.add(codeOf(error))
        return
      }
    }
  }
  const run = await varve.runs.start({ id: 'full', experiment: 'faults' })
  await Promise.all(Array.from({ length: 10 }, caller))
  codes.add(await outcome(varve.experiments.create('too late')))
  const artifact = await outcome(run.logArtifact('big', new Uint8Array(64 << 20)))
  const { id } = await varve.runs.get('full')
  return {
    acknowledged: acknowledged.sort((a, b) => a - b),
    codes: [...codes],
    artifact,
    readable: await positionsIn(varve),
    answering: id === 'full',
  }
}
