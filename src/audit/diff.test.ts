import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { createVarve } from '../create-varve.ts'
import { codeOf } from '../kernel/errors.ts'
import { defineEvents } from '../kernel/events/define-events.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { open } from '../open.ts'
import { openMemoryStore } from '../store.ts'
import { type Diff, diffMoments, type EntityDiff } from './diff.ts'
import { eventRange } from './sources.ts'

const noon = Date.parse('2026-11-14T12:00:00Z')
const openStore = () => open({ memory: true, facts: false, actor: 'ana', clock: () => noon })

const entity = ({ entities }: Diff, kind: string, id: string): EntityDiff => {
  const found = entities.find((one) => one.kind === kind && one.id === id)
  if (found === undefined) throw new Error(`no ${kind} ${id} in ${JSON.stringify(entities)}`)
  return found
}

const field = ({ fields }: EntityDiff, name: string) => fields.find((one) => one.field === name)

/** The position of the newest event. */
const now = async (varve: { moment(): Promise<{ position: number }> }): Promise<number> =>
  (await varve.moment()).position

describe('the difference between two moments', () => {
  it('shows a run that was started in between with everything that it has', async () => {
    await using varve = await openStore()
    const from = await now(varve)
    const run = await varve.runs.start({
      experiment: 'churn',
      name: 'first',
      params: { depth: 8 },
      tags: [['__proto__', 'hostile']],
    })
    await run.logMetrics({ auc: 0.91 })
    await run.logInput({ name: 'train', digest: 'd1' }, { context: 'training' })
    const file = await run.logArtifact('model/weights.bin', 'bytes')
    await run.end()
    const diff = await varve.diff(from, 'now')
    const added = entity(diff, 'run', run.id)
    expect(diff.entities.map(({ kind, change }) => [kind, change])).toEqual([
      ['experiment', 'added'],
      ['run', 'added'],
    ])
    expect(added.name).toBe('first')
    expect(added.fields).toEqual([
      { field: 'name', before: null, after: 'first' },
      { field: 'status', before: null, after: 'FINISHED' },
      { field: 'lifecycle', before: null, after: 'active' },
      { field: 'startTime', before: null, after: noon },
      { field: 'endTime', before: null, after: noon },
      { field: 'params.depth', before: null, after: '8' },
      { field: 'metrics.auc', before: null, after: 0.91 },
      { field: 'tags.__proto__', before: null, after: 'hostile' },
      { field: 'tags.mlflow.runName', before: null, after: 'first' },
      { field: 'artifacts.model/weights.bin', before: null, after: file.digest },
      { field: 'inputs.train (training)', before: null, after: 'd1' },
    ])
    expect(added.events.map(({ type }) => type)).toEqual([
      'run.started',
      'run.metrics-logged',
      'run.inputs-logged',
      'run.artifact-logged',
      'run.ended',
    ])
    expect(added.events[0]).toEqual({
      position: from + 2,
      type: 'run.started',
      recordedAt: noon,
      actor: 'ana',
    })
  })

  it('shows of a run that was there only the fields that differ', async () => {
    await using varve = await openStore()
    const run = await varve.runs.start({ experiment: 'churn', params: { depth: 8 } })
    await run.logMetrics({ auc: 0.8, kept: 1 })
    const from = await now(varve)
    await run.logMetrics({ auc: 0.9 }, { step: 1 })
    await run.setTag('team', 'growth')
    const [only, ...others] = (await varve.diff(from, 'now')).entities
    expect(others).toEqual([])
    expect(only?.change).toBe('changed')
    expect(only?.fields).toEqual([
      { field: 'metrics.auc', before: 0.8, after: 0.9 },
      { field: 'tags.team', before: null, after: 'growth' },
    ])
  })

  it('shows a run with ten thousand points of a metric as one entity with one field', async () => {
    await using varve = await openStore()
    const run = await varve.runs.start({ experiment: 'churn' })
    const from = await now(varve)
    for (let first = 0; first < 10_000; first += 500) {
      const steps = Array.from({ length: 500 }, (_, at) => first + at)
      await run.logBatch({ metrics: steps.map((step) => ({ key: 'loss', value: -step, step })) })
    }
    await run.end()
    const { entities } = await varve.diff(from, 'now')
    expect(entities).toHaveLength(1)
    expect(entities[0]?.events).toHaveLength(21)
    const points = entities[0]?.fields.filter(({ field: name }) => name.startsWith('metrics.'))
    expect(points).toEqual([{ field: 'metrics.loss', before: null, after: -9999 }])
  })

  it('takes NaN for NaN and 0 and -0 for two values', async () => {
    await using varve = await openStore()
    const run = await varve.runs.start({ experiment: 'churn' })
    await run.logMetrics({ nan: Number.NaN, zero: 0, up: 1 })
    const from = await now(varve)
    await run.logMetrics({ nan: Number.NaN, zero: -0, up: Number.POSITIVE_INFINITY }, { step: 1 })
    const [only] = (await varve.diff(from, 'now')).entities
    expect(only?.fields).toEqual([
      { field: 'metrics.up', before: 1, after: Number.POSITIVE_INFINITY },
      { field: 'metrics.zero', before: 0, after: -0 },
    ])
  })

  it('says removed for what was deleted, and added for what was restored', async () => {
    await using varve = await openStore()
    const run = await varve.runs.start({ experiment: 'churn' })
    const active = await now(varve)
    await varve.runs.delete(run.id)
    await varve.experiments.delete('churn')
    const deleted = await now(varve)
    await varve.experiments.restore('churn')
    await varve.runs.restore(run.id)
    const gone = await varve.diff(active, deleted)
    expect(gone.entities.map(({ kind, change }) => [kind, change])).toEqual([
      ['run', 'removed'],
      ['experiment', 'removed'],
    ])
    expect(gone.entities[0]?.fields).toEqual([
      { field: 'lifecycle', before: 'active', after: 'deleted' },
    ])
    const back = await varve.diff(deleted, 'now')
    expect(back.entities.map(({ change }) => change)).toEqual(['added', 'added'])
    const between = await varve.diff(active, 'now')
    expect(between.entities.map(({ change, fields }) => [change, fields])).toEqual([
      ['changed', []],
      ['changed', []],
    ])
  })

  it('says changed for a run that came and went in between', async () => {
    await using varve = await openStore()
    const from = await now(varve)
    const run = await varve.runs.start({ experiment: 'churn' })
    await varve.runs.delete(run.id)
    const only = entity(await varve.diff(from, 'now'), 'run', run.id)
    expect(only.change).toBe('changed')
    expect(field(only, 'lifecycle')).toEqual({
      field: 'lifecycle',
      before: null,
      after: 'deleted',
    })
  })

  it('shows versions beside their model, each with its own events and their comments', async () => {
    await using varve = await openStore()
    const from = await now(varve)
    await varve.registry.createVersion('churn', { source: 's3://a' })
    await varve.registry.createVersion('churn', { source: 's3://b', tags: { reviewed: 'yes' } })
    const created = await now(varve)
    await varve.registry.transition('churn', 2, 'Production', { comment: 'beats v1' })
    await varve.registry.setAlias('churn', 'champion', 2, { meta: { comment: 'as agreed' } })
    const added = await varve.diff(from, created)
    expect(added.entities.map(({ kind, id, change }) => [kind, id, change])).toEqual([
      ['model', 'churn', 'added'],
      ['version', 'churn/1', 'added'],
      ['version', 'churn/2', 'added'],
    ])
    expect(added.entities[2]?.fields).toEqual([
      { field: 'stage', before: null, after: 'None' },
      { field: 'source', before: null, after: 's3://b' },
      { field: 'tags.reviewed', before: null, after: 'yes' },
    ])
    const moved = await varve.diff(created, 'now')
    expect(moved.entities.map(({ kind, id, change }) => [kind, id, change])).toEqual([
      ['version', 'churn/2', 'changed'],
      ['model', 'churn', 'changed'],
    ])
    const [version, model] = moved.entities
    expect(version?.fields).toEqual([{ field: 'stage', before: 'None', after: 'Production' }])
    expect(version?.events).toEqual([
      {
        position: created + 1,
        type: 'version.transitioned',
        recordedAt: noon,
        actor: 'ana',
        comment: 'beats v1',
      },
    ])
    expect(model?.fields).toEqual([{ field: 'aliases.champion', before: null, after: 2 }])
    expect(model?.events.map(({ comment }) => comment)).toEqual(['as agreed'])
  })

  it('shows a model under its last name, with the old one among the fields', async () => {
    await using varve = await openStore()
    await varve.registry.createVersion('old', { source: 's3://a' })
    const from = await now(varve)
    await varve.registry.describe('old', 'predicts churn')
    await varve.registry.rename('old', 'new')
    await varve.registry.setStages('new', ['None', 'Live'])
    const { entities } = await varve.diff(from, 'now')
    expect(entities).toHaveLength(1)
    expect(entities[0]).toMatchObject({ kind: 'model', id: 'new', name: 'new', change: 'changed' })
    expect(entities[0]?.fields).toEqual([
      { field: 'name', before: 'old', after: 'new' },
      { field: 'description', before: null, after: 'predicts churn' },
      {
        field: 'stages',
        before: ['None', 'Staging', 'Production', 'Archived'],
        after: ['None', 'Live'],
      },
    ])
  })

  it('takes the versions along when their model is deleted, and tells namesakes apart', async () => {
    await using varve = await openStore()
    await varve.registry.createVersion('churn', { source: 's3://a' })
    await varve.registry.createVersion('churn', { source: 's3://b' })
    await varve.registry.deleteVersion('churn', 2)
    const from = await now(varve)
    await varve.registry.delete('churn')
    await varve.registry.createVersion('churn', { source: 's3://c' })
    const { entities } = await varve.diff(from, 'now')
    expect(entities.map(({ kind, id, change }) => [kind, id, change])).toEqual([
      ['model', 'churn', 'removed'],
      ['version', 'churn/1', 'removed'],
      ['model', 'churn', 'added'],
      ['version', 'churn/1', 'added'],
    ])
    expect(entities[1]?.fields).toEqual([
      { field: 'stage', before: 'None', after: null },
      { field: 'source', before: 's3://a', after: null },
    ])
    expect(entities[1]?.events.map(({ type }) => type)).toEqual(['model.deleted'])
  })

  it('shows streams of one’s own by their noun, with their events', async () => {
    const events = defineEvents('annotation', {
      added: { version: 1, data: v.object({ comment: v.string() }) },
    })
    await using varve = await open({ memory: true, facts: false, events: [events] })
    const from = await now(varve)
    await varve.append('annotation:a:b', 'annotation.added', { comment: 'odd spike' })
    const first = await now(varve)
    await varve.append('annotation:a:b', 'annotation.added', { comment: 'again' })
    const [added] = (await varve.diff(from, first)).entities
    expect(added).toMatchObject({ kind: 'annotation', id: 'a:b', name: 'a:b', change: 'added' })
    const [changed] = (await varve.diff(first, 'now')).entities
    expect(changed).toMatchObject({ change: 'changed', fields: [] })
    // The words in the data of one's own events are not taken for the reason of the change.
    expect(changed?.events.map(({ type, comment }) => [type, comment])).toEqual([
      ['annotation.added', undefined],
    ])
  })

  it('is empty between a moment and itself', async () => {
    await using varve = await openStore()
    expect((await varve.diff('now', 'now')).entities).toEqual([])
    await varve.runs.start({ experiment: 'churn' })
    const diff = await varve.diff('now', 'now')
    expect(diff.entities).toEqual([])
    expect(diff.from).toEqual(diff.to)
  })

  it('refuses a first moment that is later than the second', async () => {
    await using varve = await openStore()
    await varve.runs.start({ experiment: 'churn' })
    const failure: unknown = await varve.diff('now', 0).catch((error: unknown) => error)
    expect(codeOf(failure)).toBe('INVALID_VALUE')
    expect(String(failure)).toContain('"from" (position 1) is later than "to" (position 0)')
  })
})

describe('the cost of a difference', () => {
  it('is the events in between and the histories of what they touch', async () => {
    const store = await openMemoryStore({ families: [], clock: () => noon })
    await using varve = createVarve(store, { facts: false, actor: 'ana' })
    const old = await varve.runs.start({ experiment: 'churn' })
    for (let count = 0; count < 50; count++) await varve.runs.start({ experiment: 'churn' })
    const from = await varve.moment()
    await old.setTag('seen', 'yes')
    const fresh = await varve.runs.start({ experiment: 'churn' })
    const to = await varve.moment()
    for (let count = 0; count < 50; count++) await varve.runs.start({ experiment: 'churn' })
    await old.setTag('later', 'yes')

    const { engine } = store
    const ranges: RecordedEvent[] = []
    const streams: RecordedEvent[] = []
    const range = eventRange(engine)
    const { entities } = await diffMoments(
      {
        range: async function* (first, last) {
          for await (const events of range(first, last)) {
            ranges.push(...events)
            yield events
          }
        },
        reader: {
          stream: async (stream, upTo) => {
            const events = await engine.stream(stream, upTo)
            streams.push(...events)
            return events
          },
        },
        registryAt: (position) => varve.asOf(position).registry,
      },
      from,
      to,
    )
    expect(entities.map(({ id }) => id)).toEqual([old.id, fresh.id])
    expect(ranges.map(({ position }) => position)).toEqual([from.position + 1, to.position])
    expect(streams.map(({ stream, type }) => [stream, type])).toEqual([
      [`run:${old.id}`, 'run.started'],
    ])
  })
})
