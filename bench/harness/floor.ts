import { hash } from 'node:crypto'
import { Level } from 'level'
import { Packr } from 'msgpackr'
import { type PointCall, pointCalls } from './load.ts'
import { elapsed } from './measure.ts'

/** As the log's codec has it. */
const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  int64AsType: 'bigint',
  copyBuffers: true,
  moreTypes: false,
  useToJSON: false,
})

interface Waiting {
  readonly call: PointCall
  readonly done: () => void
}

const digestBytes = 32

/** Key and value of a commit of these calls: every event packed, the bytes hashed. */
const recordOf = (
  waiting: readonly Waiting[],
  first: number,
): { key: Uint8Array; value: Uint8Array } => {
  const payload = packr.pack(
    waiting.map(({ call: { stream, data } }, at) => [
      0,
      Number(stream.slice(4)),
      first + at,
      1,
      0,
      0,
      null,
      null,
      data,
    ]),
  )
  const value = new Uint8Array(digestBytes + payload.length)
  value.set(hash('sha256', payload, 'buffer'), 0)
  value.set(payload, digestBytes)
  const key = Buffer.alloc(9)
  key[0] = 1
  key.writeUInt32BE(first, 5)
  return { key, value }
}

export interface FloorLoad {
  readonly callers: number
  readonly events: number
  readonly sync: boolean
}

/**
 * Milliseconds in which a program does the same with nothing of its own: a promise a call, one write in the
 * air, what waits packed and hashed as one, one put. It checks, decides, folds and remembers nothing.
 */
export const floorOf = async (location: string, load: FloorLoad): Promise<number> => {
  const database = new Level<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await database.open()
  let queue: Waiting[] = []
  let next = 0
  let running = false
  const drain = async (): Promise<void> => {
    running = true
    // As in the commit loop: callers of one turn of the event loop share a commit.
    await Promise.resolve()
    while (queue.length > 0) {
      const taken = queue
      queue = []
      const { key, value } = recordOf(taken, next)
      next += taken.length
      await database.put(key, value, { sync: load.sync })
      for (const { done } of taken) done()
    }
    running = false
  }
  const log = (call: PointCall): Promise<void> =>
    new Promise((done, failed) => {
      queue.push({ call, done })
      if (!running) drain().catch(failed)
    })
  const ms = await elapsed(() => pointCalls(load, log))
  await database.close()
  return ms
}
