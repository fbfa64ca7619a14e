import { describe, expect, it } from 'vitest'
import { foldEvent } from '../kernel/projections/projection.ts'
import { specification } from '../testing/given.ts'
import * as decide from './decide.ts'
import * as decideExperiment from './decide-experiment.ts'
import type { NewTrackingEvent } from './events.ts'
import { experimentHandlers, initialExperiments } from './experiment.fold.ts'
import { metricColumns } from './input.ts'
import { PendingTracking, trackingDecider } from './pending.ts'
import { initialRunTable, runTableHandlers } from './run-table/run-table.fold.ts'

const emptyState = () => {
  const state = { experiments: initialExperiments(), runs: initialRunTable() }
  return { state, facts: new PendingTracking(state) }
}

const { evolve } = trackingDecider(() => emptyState().state)

/** The rules see the same, whether events are committed or decided earlier in the same commit. */
const modes = [
  {
    when: 'after events that are committed',
    given: specification({
      initial: emptyState,
      fold: ({ state }, event) => {
        foldEvent({ name: 'experiments', handlers: experimentHandlers }, state.experiments, event)
        foldEvent({ name: 'runs', handlers: runTableHandlers }, state.runs, event)
      },
    }),
  },
  {
    when: 'after events of the same commit',
    given: specification({
      initial: emptyState,
      fold: ({ facts }, event) => evolve(facts, event),
    }),
  },
]

const created = (id: string, name: string, tags: [string, string][] = []): NewTrackingEvent => ({
  type: 'experiment.created',
  stream: `experiment:${id}`,
  data: { id, name, tags },
})

const renamed = (id: string, name: string): NewTrackingEvent => ({
  type: 'experiment.renamed',
  stream: `experiment:${id}`,
  data: { name },
})

const deleted = (id: string): NewTrackingEvent => ({
  type: 'experiment.deleted',
  stream: `experiment:${id}`,
  data: {},
})

const restored = (id: string): NewTrackingEvent => ({
  type: 'experiment.restored',
  stream: `experiment:${id}`,
  data: {},
})

const started = (
  id: string,
  over: {
    experiment?: string
    parent?: string
    params?: [string, string][]
    tags?: [string, string][]
  } = {},
): NewTrackingEvent => ({
  type: 'run.started',
  stream: `run:${id}`,
  data: {
    name: 'owl',
    user: 'ada',
    startTime: 5,
    id,
    experiment: '1',
    status: 'RUNNING',
    params: [],
    tags: [],
    ...over,
  },
})

const ofRun = <Type extends NewTrackingEvent['type']>(
  type: Type,
  data: Extract<NewTrackingEvent, { type: Type }>['data'],
) => ({ type, stream: 'run:r', data })

const start = { id: 'r', name: 'owl', user: 'ada', startTime: 5, params: [], tags: [] }
const churn = created('1', 'churn')
const running = [churn, started('r')] as const
const gone = ofRun('run.deleted', {})

describe.each(modes)('experiments $when', ({ given }) => {
  it('get the next free number and the name that was asked for', () => {
    given(churn)
      .when(({ facts }) =>
        decideExperiment.createExperiment(facts, { name: 'fraud', tags: [['a', '1']] }),
      )
      .then(created('2', 'fraud', [['a', '1']]))
  })

  it('get the id, artifact location and time that an import brings', () => {
    given(churn)
      .when(({ facts }) =>
        decideExperiment.createExperiment(facts, {
          id: '77',
          name: 'fraud',
          artifactLocation: 's3://b',
          createdAt: 3,
          tags: [],
        }),
      )
      .then({
        type: 'experiment.created',
        stream: 'experiment:77',
        data: { name: 'fraud', artifactLocation: 's3://b', createdAt: 3, id: '77', tags: [] },
      })
  })

  it('skip a number that an import has taken', () => {
    given(created('1', 'imported'))
      .when(({ facts }) => decideExperiment.createExperiment(facts, { name: 'fraud', tags: [] }))
      .then(created('2', 'fraud'))
  })

  it('count from 1 beside the default experiment, which has the number 0', () => {
    const fallback = created('0', 'Default')
    given()
      .when(({ facts }) =>
        decide.startRun(facts, { ...start, experiment: { name: 'Default' }, id: 'r' }),
      )
      .then(fallback, started('r', { experiment: '0' }))
    given(fallback)
      .when(({ facts }) => decideExperiment.createExperiment(facts, { name: 'fraud', tags: [] }))
      .then(created('1', 'fraud'))
  })

  it('are not created twice under one name, and the error names the one there is', () => {
    const error = given(churn)
      .when(({ facts }) => decideExperiment.createExperiment(facts, { name: 'churn', tags: [] }))
      .thenThrows('EXPERIMENT_EXISTS')
    expect(error).toMatchObject({ data: { name: 'churn', id: '1', lifecycle: 'active' } })
    expect(error.message).toContain('id 1')
  })

  it('are not created under the name of a deleted one, and the error says how to restore it', () => {
    const error = given(churn, deleted('1'))
      .when(({ facts }) => decideExperiment.createExperiment(facts, { name: 'churn', tags: [] }))
      .thenThrows('EXPERIMENT_EXISTS')
    expect(error.message).toContain("experiments.restore('1')")
  })

  it('are not created twice under one id', () => {
    given(churn)
      .when(({ facts }) =>
        decideExperiment.createExperiment(facts, { id: '1', name: 'fraud', tags: [] }),
      )
      .thenThrows('EXPERIMENT_EXISTS')
  })

  it('are renamed, and the old name is free', () => {
    given(churn)
      .when(({ facts }) => decideExperiment.renameExperiment(facts, { id: '1', name: 'attrition' }))
      .then(renamed('1', 'attrition'))
    given(churn, renamed('1', 'attrition'))
      .when(({ facts }) => decideExperiment.createExperiment(facts, { name: 'churn', tags: [] }))
      .then(created('2', 'churn'))
  })

  it('are not renamed to the name they have', () => {
    given(churn)
      .when(({ facts }) => decideExperiment.renameExperiment(facts, { id: '1', name: 'churn' }))
      .then()
  })

  it('are not renamed to the name of another, deleted or not', () => {
    const rename = given(churn, created('2', 'fraud')).when(({ facts }) =>
      decideExperiment.renameExperiment(facts, { id: '1', name: 'fraud' }),
    )
    rename.thenThrows('EXPERIMENT_EXISTS')
    given(churn, created('2', 'fraud'), deleted('2'))
      .when(({ facts }) => decideExperiment.renameExperiment(facts, { id: '1', name: 'fraud' }))
      .thenThrows('EXPERIMENT_EXISTS')
  })

  it('get tags, one event each', () => {
    given(churn)
      .when(({ facts }) =>
        decideExperiment.setExperimentTags(facts, {
          id: '1',
          tags: [
            ['__proto__', 'x'],
            ['team', 'growth'],
          ],
        }),
      )
      .then(
        {
          type: 'experiment.tag-set',
          stream: 'experiment:1',
          data: { key: '__proto__', value: 'x' },
        },
        {
          type: 'experiment.tag-set',
          stream: 'experiment:1',
          data: { key: 'team', value: 'growth' },
        },
      )
  })

  it('lose a tag that they have, from their beginning or set later', () => {
    const deletion = {
      type: 'experiment.tag-deleted',
      stream: 'experiment:1',
      data: { key: 'team' },
    }
    const set: NewTrackingEvent = {
      type: 'experiment.tag-set',
      stream: 'experiment:1',
      data: { key: 'team', value: 'x' },
    }
    for (const before of [[created('1', 'churn', [['team', '']])], [churn, set]]) {
      given(...before)
        .when(({ facts }) => decideExperiment.deleteExperimentTag(facts, { id: '1', key: 'team' }))
        .then(deletion)
    }
  })

  it('lose no tag that they do not have, or no longer', () => {
    const before: NewTrackingEvent[] = [created('1', 'churn', [['team', 'x']])]
    given(...before)
      .when(({ facts }) =>
        decideExperiment.deleteExperimentTag(facts, { id: '1', key: 'constructor' }),
      )
      .thenThrows('TAG_NOT_FOUND')
    given(...before, {
      type: 'experiment.tag-deleted',
      stream: 'experiment:1',
      data: { key: 'team' },
    })
      .when(({ facts }) => decideExperiment.deleteExperimentTag(facts, { id: '1', key: 'team' }))
      .thenThrows('TAG_NOT_FOUND')
  })

  it('are deleted and restored, each once', () => {
    given(churn)
      .when(({ facts }) => decideExperiment.deleteExperiment(facts, { id: '1' }))
      .then(deleted('1'))
    given(churn, deleted('1'))
      .when(({ facts }) => decideExperiment.deleteExperiment(facts, { id: '1' }))
      .then()
    given(churn, deleted('1'))
      .when(({ facts }) => decideExperiment.restoreExperiment(facts, { id: '1' }))
      .then(restored('1'))
    given(churn, deleted('1'), restored('1'))
      .when(({ facts }) => decideExperiment.restoreExperiment(facts, { id: '1' }))
      .then()
  })

  it('take nothing while they are deleted', () => {
    const after = given(churn, deleted('1'))
    after
      .when(({ facts }) => decideExperiment.renameExperiment(facts, { id: '1', name: 'x' }))
      .thenThrows('EXPERIMENT_DELETED')
    after
      .when(({ facts }) =>
        decideExperiment.setExperimentTags(facts, { id: '1', tags: [['a', 'b']] }),
      )
      .thenThrows('EXPERIMENT_DELETED')
    after
      .when(({ facts }) => decideExperiment.deleteExperimentTag(facts, { id: '1', key: 'a' }))
      .thenThrows('EXPERIMENT_DELETED')
  })

  it('that nobody created are not found', () => {
    const rules = [
      decideExperiment.deleteExperiment,
      decideExperiment.restoreExperiment,
      (facts: PendingTracking) => decideExperiment.renameExperiment(facts, { id: '9', name: 'x' }),
      (facts: PendingTracking) => decideExperiment.setExperimentTags(facts, { id: '9', tags: [] }),
      (facts: PendingTracking) =>
        decideExperiment.deleteExperimentTag(facts, { id: '9', key: 'x' }),
    ]
    for (const rule of rules) {
      given(churn)
        .when(({ facts }) => rule(facts, { id: '9' }))
        .thenThrows('EXPERIMENT_NOT_FOUND')
    }
  })
})

describe.each(modes)('runs $when', ({ given }) => {
  it('are started in an experiment by name or by id', () => {
    for (const experiment of [{ name: 'churn' }, { id: '1' }]) {
      given(churn)
        .when(({ facts }) => decide.startRun(facts, { ...start, experiment }))
        .then(started('r'))
    }
  })

  it('are started with the experiment that their name lacks', () => {
    given(churn)
      .when(({ facts }) => decide.startRun(facts, { ...start, experiment: { name: 'fraud' } }))
      .then(created('2', 'fraud'), started('r', { experiment: '2' }))
  })

  it('are not started in an experiment that is deleted, or that no id names', () => {
    for (const experiment of [{ name: 'churn' }, { id: '1' }]) {
      given(churn, deleted('1'))
        .when(({ facts }) => decide.startRun(facts, { ...start, experiment }))
        .thenThrows('EXPERIMENT_DELETED')
    }
    given(churn)
      .when(({ facts }) => decide.startRun(facts, { ...start, experiment: { id: 'churn' } }))
      .thenThrows('EXPERIMENT_NOT_FOUND')
  })

  it('are started inside another run, which must be there', () => {
    const nested = { ...start, experiment: { id: '1' }, parent: 'p' }
    given(churn, started('p'))
      .when(({ facts }) => decide.startRun(facts, nested))
      .then(started('r', { parent: 'p' }))
    given(churn)
      .when(({ facts }) => decide.startRun(facts, nested))
      .thenThrows('RUN_NOT_FOUND')
  })

  it('are not started twice under one id', () => {
    given(...running)
      .when(({ facts }) => decide.startRun(facts, { ...start, experiment: { id: '1' } }))
      .thenThrows('RUN_EXISTS')
  })

  it('are started with params and tags', () => {
    given(churn)
      .when(({ facts }) =>
        decide.startRun(facts, {
          ...start,
          experiment: { id: '1' },
          params: [
            ['a', '1'],
            ['a', '1'],
          ],
          tags: [['t', '2']],
        }),
      )
      .then(started('r', { params: [['a', '1']], tags: [['t', '2']] }))
  })

  it('are not started with two values for one param', () => {
    given(churn)
      .when(({ facts }) =>
        decide.startRun(facts, {
          ...start,
          experiment: { id: '1' },
          params: [
            ['a', '1'],
            ['a', '2'],
          ],
        }),
      )
      .thenThrows('PARAM_CONFLICT')
  })

  it('take each param once, and only what is new of a call', () => {
    given(churn, started('r', { params: [['depth', '8']] }))
      .when(({ facts }) =>
        decide.logParams(facts, {
          id: 'r',
          params: [
            ['depth', '8'],
            ['rate', '0.1'],
            ['__proto__', 'x'],
          ],
        }),
      )
      .then(
        ofRun('run.params-logged', {
          params: [
            ['rate', '0.1'],
            ['__proto__', 'x'],
          ],
        }),
      )
  })

  it('take a param with the value that it has without an event', () => {
    given(...running, ofRun('run.params-logged', { params: [['depth', '8']] }))
      .when(({ facts }) => decide.logParams(facts, { id: 'r', params: [['depth', '8']] }))
      .then()
  })

  it('refuse another value for a param, naming both', () => {
    const error = given(...running, ofRun('run.params-logged', { params: [['depth', '8']] }))
      .when(({ facts }) => decide.logParams(facts, { id: 'r', params: [['depth', '9']] }))
      .thenThrows('PARAM_CONFLICT')
    expect(error).toMatchObject({ data: { run: 'r', key: 'depth', logged: '8', value: '9' } })
    expect(error.message).toMatch(/"depth".*"8".*"9".*written once/)
  })

  it('keep an empty text as the value of a param', () => {
    given(churn, started('r', { params: [['note', '']] }))
      .when(({ facts }) => decide.logParams(facts, { id: 'r', params: [['note', 'x']] }))
      .thenThrows('PARAM_CONFLICT')
  })

  it('take metrics and tags, and no event for none', () => {
    const metrics = metricColumns([{ key: 'auc', value: Number.NaN }], 7)
    given(...running)
      .when(({ facts }) => decide.logMetrics(facts, { id: 'r', metrics }))
      .then(ofRun('run.metrics-logged', metrics))
    given(...running)
      .when(({ facts }) => decide.logMetrics(facts, { id: 'r', metrics: metricColumns([], 7) }))
      .then()
    given(...running)
      .when(({ facts }) => decide.setTags(facts, { id: 'r', tags: [['team', 'x']] }))
      .then(ofRun('run.tags-set', { tags: [['team', 'x']] }))
    given(...running)
      .when(({ facts }) => decide.setTags(facts, { id: 'r', tags: [] }))
      .then()
  })

  it('lose a tag that they have, and no other', () => {
    const lose = (key: string) => (facts: PendingTracking) =>
      decide.deleteTag(facts, { id: 'r', key })
    const tagged = [churn, started('r', { tags: [['team', '']] })]
    given(...tagged)
      .when(({ facts }) => lose('team')(facts))
      .then(ofRun('run.tag-deleted', { key: 'team' }))
    given(...tagged)
      .when(({ facts }) => lose('toString')(facts))
      .thenThrows('TAG_NOT_FOUND')
    given(...tagged, ofRun('run.tag-deleted', { key: 'team' }))
      .when(({ facts }) => lose('team')(facts))
      .thenThrows('TAG_NOT_FOUND')
    given(
      ...tagged,
      ofRun('run.tag-deleted', { key: 'team' }),
      ofRun('run.tags-set', { tags: [['team', 'y']] }),
    )
      .when(({ facts }) => lose('team')(facts))
      .then(ofRun('run.tag-deleted', { key: 'team' }))
  })

  it('take datasets, models and artifacts, and no event for none', () => {
    const dataset = { name: 't', digest: 'd', sourceType: 'local', source: '', tags: [] }
    given(...running)
      .when(({ facts }) =>
        decide.logInputs(facts, { id: 'r', datasets: [dataset], models: ['m-1'] }),
      )
      .then(ofRun('run.inputs-logged', { datasets: [dataset], models: ['m-1'] }))
    given(...running)
      .when(({ facts }) => decide.logInputs(facts, { id: 'r', datasets: [], models: [] }))
      .then()
    given(...running)
      .when(({ facts }) => decide.logOutputs(facts, { id: 'r', models: [{ id: 'm-1', step: 3 }] }))
      .then(ofRun('run.outputs-logged', { models: [{ id: 'm-1', step: 3 }] }))
    given(...running)
      .when(({ facts }) => decide.logOutputs(facts, { id: 'r', models: [] }))
      .then()
    const file = { path: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 3 }
    given(...running, ofRun('run.artifact-logged', file))
      .when(({ facts }) => decide.logArtifact(facts, { id: 'r', ...file }))
      .then(ofRun('run.artifact-logged', file))
  })

  it('change name, status and times, and nothing for no change', () => {
    given(...running)
      .when(({ facts }) => decide.updateRun(facts, { id: 'r', name: 'x', status: 'SCHEDULED' }))
      .then(ofRun('run.updated', { name: 'x', status: 'SCHEDULED' }))
    given(...running)
      .when(({ facts }) => decide.updateRun(facts, { id: 'r' }))
      .then()
  })

  it('end once with a status; another status is said again', () => {
    const finished = ofRun('run.ended', { status: 'FINISHED', endTime: 9 })
    const failed = { status: 'FAILED', endTime: 10, error: 'boom' } as const
    given(...running)
      .when(({ facts }) => decide.endRun(facts, { id: 'r', status: 'FINISHED', endTime: 9 }))
      .then(finished)
    given(...running, finished)
      .when(({ facts }) => decide.endRun(facts, { id: 'r', status: 'FINISHED', endTime: 11 }))
      .then()
    given(...running, finished)
      .when(({ facts }) => decide.endRun(facts, { id: 'r', ...failed }))
      .then(ofRun('run.ended', failed))
  })

  it('that were set running again end again', () => {
    given(
      ...running,
      ofRun('run.ended', { status: 'FINISHED', endTime: 9 }),
      ofRun('run.updated', { status: 'RUNNING' }),
    )
      .when(({ facts }) => decide.endRun(facts, { id: 'r', status: 'FINISHED', endTime: 11 }))
      .then(ofRun('run.ended', { status: 'FINISHED', endTime: 11 }))
  })

  it('go on after their end: what is measured late is still taken', () => {
    given(...running, ofRun('run.ended', { status: 'FINISHED', endTime: 9 }))
      .when(({ facts }) => decide.logParams(facts, { id: 'r', params: [['a', '1']] }))
      .then(ofRun('run.params-logged', { params: [['a', '1']] }))
  })

  it('are deleted and restored, each once', () => {
    given(...running)
      .when(({ facts }) => decide.deleteRun(facts, { id: 'r' }))
      .then(gone)
    given(...running, gone)
      .when(({ facts }) => decide.deleteRun(facts, { id: 'r' }))
      .then()
    given(...running, gone)
      .when(({ facts }) => decide.restoreRun(facts, { id: 'r' }))
      .then(ofRun('run.restored', {}))
    given(...running, gone, ofRun('run.restored', {}))
      .when(({ facts }) => decide.restoreRun(facts, { id: 'r' }))
      .then()
  })

  const writes: Readonly<Record<string, (facts: PendingTracking) => unknown>> = {
    logParams: (facts) => decide.logParams(facts, { id: 'r', params: [] }),
    logMetrics: (facts) => decide.logMetrics(facts, { id: 'r', metrics: metricColumns([], 0) }),
    setTags: (facts) => decide.setTags(facts, { id: 'r', tags: [] }),
    deleteTag: (facts) => decide.deleteTag(facts, { id: 'r', key: 'x' }),
    logInputs: (facts) => decide.logInputs(facts, { id: 'r', datasets: [], models: [] }),
    logOutputs: (facts) => decide.logOutputs(facts, { id: 'r', models: [] }),
    logArtifact: (facts) =>
      decide.logArtifact(facts, { id: 'r', path: 'a', digest: 'sha256:', size: 0 }),
    updateRun: (facts) => decide.updateRun(facts, { id: 'r' }),
    endRun: (facts) => decide.endRun(facts, { id: 'r', status: 'FINISHED', endTime: 1 }),
  }

  it.each(Object.entries(writes))('take nothing by %s while deleted or unknown', (_, write) => {
    const decided = (facts: PendingTracking) => {
      write(facts)
      return []
    }
    given(...running, gone)
      .when(({ facts }) => decided(facts))
      .thenThrows('RUN_DELETED')
    given(churn)
      .when(({ facts }) => decided(facts))
      .thenThrows('RUN_NOT_FOUND')
  })

  it('that nobody started are neither deleted nor restored', () => {
    for (const rule of [decide.deleteRun, decide.restoreRun]) {
      given(churn)
        .when(({ facts }) => rule(facts, { id: 'r' }))
        .thenThrows('RUN_NOT_FOUND')
    }
  })
})
