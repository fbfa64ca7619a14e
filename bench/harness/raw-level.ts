import { join } from 'node:path'
import { Level } from 'level'

type Database = Level<Uint8Array, Uint8Array>

/** One entry of LevelDB. */
export interface RawEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** The log's prefix, and the one setting that is not derived from the log. */
const logPrefix = 0x01
const settingPrefix = 0x02
const settingLength = '\u0002store'.length

const withDatabase = async <T>(
  location: string,
  task: (database: Database) => Promise<T>,
): Promise<T> => {
  const database: Database = new Level<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await database.open()
  try {
    return await task(database)
  } finally {
    await database.close()
  }
}

const positionOf = (key: Uint8Array): number =>
  Number(new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(1))

/** The commits of a closed store, from a position on, as they lie in its database. */
export const commitsOf = (store: string, from: number): Promise<RawEntry[]> =>
  withDatabase(join(store, 'log'), async (database) => {
    const found: RawEntry[] = []
    const range = { gte: Uint8Array.of(logPrefix), lt: Uint8Array.of(logPrefix + 1) }
    for await (const [key, value] of database.iterator(range)) {
      if (positionOf(key) >= from) found.push({ key: key.slice(), value: value.slice() })
    }
    return found
  })

/** Milliseconds to put the entries into a new database, one after another, as a writer must that keeps order. */
export const rawPuts = (
  location: string,
  entries: readonly RawEntry[],
  sync: boolean,
): Promise<number> =>
  withDatabase(location, async (database) => {
    const began = performance.now()
    for (const { key, value } of entries) await database.put(key, value, { sync })
    return performance.now() - began
  })

/** Milliseconds to read every commit of a closed store, and nothing else. */
export const rawScan = (store: string): Promise<number> =>
  withDatabase(join(store, 'log'), async (database) => {
    const began = performance.now()
    const iterator = database.iterator({
      gte: Uint8Array.of(logPrefix),
      lt: Uint8Array.of(logPrefix + 1),
      highWaterMarkBytes: 256 * 1024,
    })
    let entries = await iterator.nextv(256)
    while (entries.length > 0) entries = await iterator.nextv(256)
    await iterator.close()
    return performance.now() - began
  })

/** Takes away what is derived from the log of a closed store: the next opening must make it again. */
export const forgetDerived = (store: string): Promise<void> =>
  withDatabase(join(store, 'log'), async (database) => {
    let doomed: { type: 'del'; key: Uint8Array }[] = []
    for await (const key of database.keys({ gte: Uint8Array.of(settingPrefix) })) {
      if (key[0] === settingPrefix && key.length === settingLength) continue
      doomed.push({ type: 'del', key })
      if (doomed.length < 10_000) continue
      await database.batch(doomed)
      doomed = []
    }
    await database.batch(doomed)
  })
