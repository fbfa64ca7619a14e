import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { defineEvents, open, type Varve, type VarveView } from '../src/index.ts'

/** Events of its own that the kept store has. */
const notes = defineEvents('note', {
  added: { version: 1, data: v.object({ text: v.string() }) },
})

/** A projection of its own that the kept store has a checkpoint of. */
const noteTexts = {
  name: 'note-texts',
  version: 1,
  initial: (): string[] => [],
  on: {
    'note.added': (texts: string[], { data }: { readonly data: { readonly text: string } }) => {
      texts.push(data.text)
    },
  },
}

const day = 86_400_000

const openAt = (folder: string, start: number) => {
  let now = start
  const clock = (): number => now++
  return open(folder, { durability: 'os', facts: false, actor: 'ana', clock, events: [notes] })
}

type NotedVarve = Awaited<ReturnType<typeof openAt>>

const writeRuns = async ({ runs, experiments }: Varve): Promise<void> => {
  await experiments.create('churn', { tags: { team: 'growth', gone: 1 } })
  await experiments.deleteTag('churn', 'gone')
  await experiments.create('fraud')
  await experiments.rename('fraud', '__proto__')
  await experiments.delete('__proto__')
  const first = await runs.start({
    id: 'r1',
    experiment: 'churn',
    name: 'first 👩🏽‍🚀',
    user: 'ana',
    params: { depth: 8, __proto: 'x' },
    tags: [['constructor', 'y']],
  })
  const metrics = [0.5, Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-310].map((value, step) => ({
    key: 'auc',
    value,
    step,
    timestamp: step,
  }))
  await first.logBatch({ metrics, params: { rate: 0.1 }, tags: { stage: 'a' } })
  await first.deleteTag('stage')
  await first.logInput({ name: 'train', digest: 'd1', source: 's3://b' }, { context: 'training' })
  await first.logArtifact('model/weights.txt', 'weights of the first')
  await first.update({ name: 'first, renamed' })
  await first.end()
  const second = await runs.start({ id: 'r2', experiment: 'churn', parent: 'r1', name: 'second' })
  await second.logMetrics({ auc: 0.9 }, { step: 1, timestamp: 1 })
  await second.logArtifact('model/weights.txt', 'weights of the second')
  await second.end({ status: 'FAILED', error: 'out of memory' })
  await runs.start({ id: 'r3', experiment: 'churn', name: 'third', idempotencyKey: 'k' })
  await runs.delete('r3')
}

const writeModels = async ({ registry }: Varve): Promise<void> => {
  await registry.register('churn-model', { description: 'Who leaves', tags: { team: 'growth' } })
  await registry.createVersion('churn-model', { run: 'r1', path: 'model' })
  await registry.createVersion('churn-model', { run: 'r2', path: 'model', tags: { ok: true } })
  await registry.transition('churn-model', 1, 'Production', { comment: 'the first' })
  await registry.setAlias('churn-model', 'champion', 1)
}

const writeMore = async ({ registry, experiments, runs }: NotedVarve): Promise<void> => {
  await registry.transition('churn-model', 2, 'Production', { comment: 'better', expect: 1 })
  await registry.setAlias('churn-model', 'champion', 2)
  await registry.rollback('churn-model', { comment: 'drift' })
  await registry.describeVersion('churn-model', 2, 'drifted')
  await registry.register('short-lived')
  await registry.delete('short-lived')
  await experiments.restore('__proto__')
  await runs.restore('r3')
}

/** Makes the store that is kept: two openings, so two owners, with a checkpoint between them. */
const makeStore = async (folder: string): Promise<void> => {
  const start = Date.UTC(2026, 10, 10)
  const first = await openAt(folder, start)
  await first.project(noteTexts)
  await writeRuns(first)
  await writeModels(first)
  await first.append('note:1', 'note.added', { text: 'one' })
  await first.close()
  const second = await openAt(folder, start + day)
  await second.project(noteTexts)
  await writeMore(second)
  await second.append('note:1', 'note.added', { text: 'two' })
  for await (const { event, done } of await second.subscribe('reader')) {
    if (event.position === 3) {
      await done()
      break
    }
  }
  await second.close()
}

/** What JSON would lose of a number. */
const numbers = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
    ? { number: Object.is(value, -0) ? '-0' : String(value) }
    : value

const answersAt = async (view: VarveView): Promise<unknown> => ({
  runs: (await view.runs.search({ lifecycle: 'all' })).rows,
  best: (await view.runs.search({ filter: 'metrics.auc@max > 0.6' })).rows.map(({ id }) => id),
  experiments: await view.experiments.list({ lifecycle: 'all' }),
  models: await view.registry.list({ lifecycle: 'all' }),
  production: await view.registry.current('churn-model', 'Production'),
  champion: await view.registry.current('churn-model', '@champion'),
})

/** What the kept store is asked, now and as of moments before, as plain JSON. */
export const fixtureAnswers = async (varve: NotedVarve): Promise<unknown> => {
  const { id, createdAt, position, head } = await varve.log.info()
  const texts = await varve.project(noteTexts)
  const past: Record<string, unknown> = {}
  for (let at = 0; at <= position; at += 9) past[at] = await answersAt(varve.asOf(at))
  const answers = {
    log: { id, createdAt, position, head },
    now: await answersAt(varve),
    past,
    day: await varve.asOf('2026-11-10').registry.current('churn-model', 'Production'),
    curve: await varve.runs.history('r1', 'auc'),
    moves: await varve.registry.history('churn-model'),
    versions: await varve.registry.versions('churn-model'),
    texts: texts.state,
  }
  return JSON.parse(JSON.stringify(answers, numbers))
}

/** Opens a store such as `writeFixture` makes. */
export const openFixture = (folder: string): Promise<NotedVarve> =>
  openAt(folder, Date.UTC(2026, 10, 20))

/** LevelDB's lock and notes, and what keeps Git from taking a store for source. */
const isKept = (path: string): boolean =>
  !/(?:^|[\\/])(?:LOCK|LOG|LOG\.old|\.gitignore|owner\.json)$/.test(path)

/** Writes the store, with what it is to answer from now on, into a folder that is emptied. */
export const writeFixture = async (folder: string): Promise<void> => {
  const made = join(folder, 'made')
  const store = join(folder, 'store')
  for (const old of [made, store]) await rm(old, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await makeStore(made)
  await cp(made, store, { recursive: true, filter: isKept })
  const varve = await openFixture(made)
  const answers = await fixtureAnswers(varve)
  await varve.close()
  await rm(made, { recursive: true })
  await writeFile(join(folder, 'expected.json'), `${JSON.stringify(answers, null, 1)}\n`)
}

/** The files of a folder, and of those in it. */
export const filesOf = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
