import * as v from 'valibot'
import { defineEvents, open } from 'varve'
import { answerOf } from '../../../src/kernel/log/indexed-db.browser.ts'

const note = v.object({ by: v.string(), at: v.number() })

export const noteFamily = defineEvents('note', { added: { version: 1, data: note } })

let untold: string[] = []

/** Told of all that was acknowledged at once; the test that runs the page gives it. */
const tell = (): void => {
  const told: unknown = Reflect.get(globalThis, 'acknowledged')
  if (typeof told === 'function') told(untold)
  untold = []
}

const acknowledged = (what: string): void => {
  if (untold.length === 0) setTimeout(tell)
  untold.push(what)
}

/** Appends until the page is gone, as so many callers at a time. */
export const writeNotes = async (name: string, callers: number): Promise<void> => {
  const varve = await open(name, { events: [noteFamily] })
  const page = crypto.randomUUID()
  const write = async (caller: number): Promise<void> => {
    const by = `${page}:${caller}`
    for (let at = 0; ; at++) {
      await varve.append(`note:${by}`, 'note.added', { by, at })
      acknowledged(`${by}:${at}`)
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => write(caller)))
}

/** Stores an artifact that has no end, until the page is gone. */
export const writeEndlessly = async (name: string): Promise<void> => {
  const varve = await open(name)
  const run = await varve.runs.start()
  async function* endless(): AsyncGenerator<Uint8Array, void> {
    for (let at = 0; ; at++) {
      yield new Uint8Array(200_000)
      acknowledged(String(at))
    }
  }
  await run.logArtifact('endless', endless())
}

/** Opens again: whether all of it verifies, and the notes that are there. */
export const checkNotes = async (name: string) => {
  const varve = await open(name, { events: [noteFamily] })
  try {
    const notes: string[] = []
    for await (const { events } of varve.read()) {
      for (const event of events) {
        if (event.type !== 'note.added') continue
        const { by, at } = v.parse(note, event.data)
        notes.push(`${by}:${at}`)
      }
    }
    const { ok, broken } = await varve.verify()
    return { ok, broken, notes }
  } finally {
    await varve.close()
  }
}

/** How many rows are in each store of the database of artifacts. */
export const leftInBlobs = async (name: string): Promise<Record<string, number>> => {
  const database = await answerOf(indexedDB.open(`varve/${name}/blobs`))
  const counts: Record<string, number> = {}
  for (const store of database.objectStoreNames) {
    counts[store] = await answerOf(database.transaction(store).objectStore(store).count())
  }
  database.close()
  return counts
}
