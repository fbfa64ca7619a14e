import { defineEvents, open, type RecordedEvent } from 'varve'

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const notes = defineEvents('note', {
  written: {
    version: 1,
    data: {
      '~standard': { version: 1, vendor: 'faults', validate: (value: unknown) => ({ value }) },
    },
  },
})

const options = { facts: false, durability: 'os', events: [notes] } as const
const opened = (folder: string) => open(folder, options)
type Store = Awaited<ReturnType<typeof opened>>

const counting = {
  name: 'types',
  version: 1,
  initial: (): { runs: number; notes: number } => ({ runs: 0, notes: 0 }),
  on: {
    'run.started': (state: { runs: number }) => {
      state.runs += 1
    },
    'note.written': (state: { notes: number }) => {
      state.notes += 1
    },
  },
}

const asked = ['first', 'second', 'third'] as const

const writeRun = async (varve: Store, id: string): Promise<void> => {
  const run = await varve.runs.start({
    id,
    experiment: 'churn',
    params: { depth: id.length, features: `v${id}` },
    tags: { team: 'growth', __proto__: 'a name' },
  })
  for (let step = 0; step < 40; step++)
    await run.logMetrics({ auc: step / 41, loss: -step }, { step })
  await run.logArtifact('model/weights', `${id} `.repeat(900))
  await run.logArtifact('notes.md', `# ${id}`)
  await run.end()
  const { version } = await varve.registry.createVersion('churn', { run: id, path: 'model' })
  await varve.registry.transition('churn', version, 'Production', { comment: `because of ${id}` })
}

/**
 * Makes a store that has every kind of entry, of file and of table in it: each opening moves what was
 * written before from LevelDB's log to its tables.
 */
export const makeStore = async (folder: string): Promise<void> => {
  for (const [session, key] of asked.entries()) {
    const varve = await opened(folder)
    await varve.project(counting)
    for (const run of ['a', 'b']) await writeRun(varve, `${run}${session}`)
    for (let note = 0; note < 30; note++) {
      await varve.append(`note:${note % 7}`, 'note.written', { session, note })
    }
    await varve.append('note:keyed', 'note.written', { key }, { idempotencyKey: key })
    const subscription = await varve.subscribe('reader', { types: ['note.written'] })
    for await (const { event, done } of subscription) {
      await done()
      if (event.stream === 'note:keyed' && event.revision === session) break
    }
    await varve.close()
  }
}

const read = async (varve: Store, stream?: string): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = []
  const query = stream === undefined ? {} : { stream }
  for await (const { events } of varve.read(query)) all.push(...events)
  return all
}

const textOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await collect(chunks)).toString()

const answersOfRun = async (varve: Store, id: string) => ({
  run: await varve.runs.get(id),
  auc: await varve.runs.history(id, 'auc'),
  weights: await textOf(varve.runs.readArtifact(id, 'model/weights')),
  notes: await textOf(varve.runs.readArtifact(id, 'notes.md')),
})

const answersAt = async (varve: Store, position: number) => {
  const then = varve.asOf(position)
  return {
    current: await then.registry.current('churn', 'Production'),
    runs: await then.runs.search({ lifecycle: 'all' }),
  }
}

/** Asks an open store for everything that it can tell, as text. */
const answersOf = async (varve: Store): Promise<string> => {
  const { owner: _, folder: __, bytes: ___, ...info } = await varve.log.info()
  const events = await read(varve)
  const streams = [...new Set(events.map(({ stream }) => stream))]
  const ids = streams.flatMap((stream) => (stream.startsWith('run:') ? [stream.slice(4)] : []))
  const answers = {
    info,
    events,
    streams: await Promise.all(streams.map((stream) => read(varve, stream))),
    runs: await varve.runs.search({ lifecycle: 'all', orderBy: ['metrics.auc desc'] }),
    each: await Promise.all(ids.map((id) => answersOfRun(varve, id))),
    experiments: await varve.experiments.list(),
    models: await varve.registry.list(),
    moves: await varve.registry.history('churn'),
    past: await Promise.all([10, 200, 370].map((position) => answersAt(varve, position))),
    why: await varve.why('models:/churn/Production'),
    counted: (await varve.project(counting)).state,
  }
  return JSON.stringify(answers, (_key, value: unknown) => {
    if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer)]
    return isPlain(value) ? inOrder(value) : value
  })
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** In which order an object has its keys is no part of an answer. */
const inOrder = (value: object): object =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Repeats the requests with idempotency keys: each is answered as it was before, and writes nothing. */
const repeated = async (varve: Store): Promise<string> => {
  const positions: number[] = []
  for (const key of asked) {
    const { position } = await varve.append(
      'note:keyed',
      'note.written',
      { key },
      { idempotencyKey: key },
    )
    positions.push(position)
  }
  return JSON.stringify(positions)
}

/** What came of opening a store and asking it everything. */
export type Examined =
  | { readonly end: 'refused'; readonly code: string; readonly message: string }
  | { readonly end: 'found'; readonly message: string; readonly position: number | undefined }
  | {
      readonly end: 'answered'
      readonly answers: string
      /** Where the durable subscription would go on. Further back is allowed: it promises at least once. */
      readonly cursor: number
    }

const told = (error: unknown): string =>
  error instanceof Error
    ? `${'code' in error ? error.code : error.name}: ${error.message}`
    : String(error)

/** Opens a store, verifies it, and asks it everything that it can tell. */
export const examineStore = async (folder: string): Promise<Examined> => {
  let varve: Store
  try {
    varve = await opened(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'none'
    return { end: 'refused', code, message: told(error) }
  }
  try {
    const answers = await answersOf(varve).catch(told)
    const { ok, broken } = await varve.verify()
    if (!ok) {
      const [first] = broken
      return { end: 'found', message: first?.message ?? '', position: first?.position }
    }
    const { position } = await varve.subscribe('reader')
    const again = await repeated(varve).catch(told)
    return { end: 'answered', answers: answers + again, cursor: position }
  } catch (error) {
    return { end: 'found', message: told(error), position: undefined }
  } finally {
    await varve.close().catch(() => undefined)
  }
}
