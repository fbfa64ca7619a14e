import { type OpenOptions, open, type Varve } from 'varve'
import { exportArchive } from 'varve/keeping'
import { keepPromise } from './contracts.ts'
import { useName } from './hostile.ts'
import { askAbout, likewise, playSeason } from './season.ts'
import { checkNotes, leftInBlobs, noteFamily, writeEndlessly, writeNotes } from './writing.ts'

/** Stores that this page holds, by name. */
const held = new Map<string, Varve>()

const refusalOf = (error: unknown) => {
  if (!(error instanceof Error)) throw error
  const { code, data } = { code: undefined, data: undefined, ...error }
  return { code, data, message: error.message }
}

const textOf = async (parts: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = ''
  for await (const part of parts) for (const byte of part) text += String.fromCharCode(byte)
  return text
}

/** Bytes that nothing makes smaller. */
async function* noise(size: number): AsyncGenerator<Uint8Array, void> {
  const piece = 65_536
  for (let at = 0; at < size; at += piece) yield crypto.getRandomValues(new Uint8Array(piece))
}

const within = async <T>(name: string, use: (varve: Varve) => Promise<T>): Promise<T> => {
  const varve = await open(name, likewise())
  try {
    return await use(varve)
  } finally {
    await varve.close()
  }
}

/** What a test may ask of a page, by name, with plain values. */
const lab = {
  keepPromise,
  useName,
  writeNotes,
  writeEndlessly,
  checkNotes,
  leftInBlobs,
  play: (name: string) =>
    within(name, async (varve) => {
      await playSeason(varve)
      return await askAbout(varve)
    }),
  ask: (name: string) => within(name, askAbout),
  hold: async (name: string) => {
    const varve = await open(name, { events: [noteFamily] })
    held.set(name, varve)
    return await varve.log.info()
  },
  letGo: async (name: string) => {
    await held.get(name)?.close()
    held.delete(name)
  },
  /** Opens and closes; gives the refusal, if there was one. */
  attempt: (name?: string, options: OpenOptions = {}) =>
    (name === undefined ? open(options) : open(name, options)).then(
      (varve) => varve.close(),
      (error: unknown) => refusalOf(error),
    ),
  /** What only files could do, as it is refused. */
  refusals: (name: string) =>
    within(name, async (varve) => {
      const run = await varve.runs.start({ facts: true })
      const refused = [
        await varve.backup('elsewhere').catch(refusalOf),
        await run.logFile('report.md').catch(refusalOf),
        await run.logArtifacts('model').catch(refusalOf),
      ]
      await run.end()
      return { refused, tags: (await varve.runs.get(run.id)).tags }
    }),
  /** Latin-1 text of a store's archive. */
  archive: (name: string) => within(name, (varve) => textOf(exportArchive(varve))),
  /** A file that a person chose, kept and given back. */
  keepFile: (name: string, megabytes: number) =>
    within(name, async (varve) => {
      const bytes = new Uint8Array(megabytes * 1024 * 1024).map((_, at) => (at * 7) % 251)
      const run = await varve.runs.start({})
      const { size, digest } = await run.logArtifact('big', new File([bytes], 'big'))
      const part = varve.runs.readArtifact(run.id, 'big', { start: 262_140, end: 262_150 })
      const middle = [...(await textOf(part))].map((char) => char.charCodeAt(0))
      await run.end()
      return { size, digest, middle, verified: (await varve.verify()).ok }
    }),
  /** Writes until the space is used up; what is refused, and what can be read meanwhile. */
  fill: async (name: string) => {
    const varve = await open(name, { events: [noteFamily] })
    const run = await varve.runs.start({ experiment: 'full' })
    const artifact = await run.logArtifact('big', noise(64 << 20)).catch(refusalOf)
    let log: unknown
    for (let step = 0; log === undefined && step < 1000; step++) {
      const text = Array.from({ length: 5000 }, () => crypto.randomUUID()).join()
      const note = { by: text, at: step }
      log = await varve.append('note:1', 'note.added', note).then(() => undefined, refusalOf)
    }
    const { rows } = await varve.runs.search({ experiments: ['full'] })
    await varve.close().catch(refusalOf)
    return { artifact, log, read: rows.map(({ id }) => id), run: run.id }
  },
  /** Runs what a test asks in a worker of this page. */
  inWorker: (name: string, task: string) =>
    new Promise((answered, failed) => {
      const worker = new Worker('/worker.js', { type: 'module' })
      worker.onmessage = ({ data }) => answered(data)
      worker.onerror = ({ message }) => failed(new Error(message))
      worker.postMessage([name, task])
    }),
  databases: async () => (await indexedDB.databases()).map(({ name = '' }) => name),
}

export type Lab = typeof lab

Object.assign(globalThis, { lab })
