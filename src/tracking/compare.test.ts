import { describe, expect, it } from 'vitest'
import { compareRuns, diffRuns } from './compare.ts'
import type { MetricSummary, RunRecord } from './run.ts'

const metric = (last: number, over: Partial<MetricSummary> = {}): MetricSummary => ({
  last,
  step: 0,
  timestamp: 0,
  first: last,
  firstStep: 0,
  min: last,
  minStep: 0,
  max: last,
  maxStep: 0,
  count: 1,
  ...over,
})

const aRun = (over: Partial<RunRecord> = {}): RunRecord => ({
  id: 'a',
  name: 'owl',
  experiment: 'churn',
  experimentId: '1',
  user: 'ada',
  status: 'FINISHED',
  lifecycle: 'active',
  startTime: 1,
  endTime: 2,
  params: {},
  metrics: {},
  tags: {},
  inputs: [],
  modelInputs: [],
  outputs: [],
  artifacts: [],
  createdAt: 0,
  changedAt: 1,
  ...over,
})

const dataset = (name: string, digest: string, context?: string) => ({
  name,
  digest,
  sourceType: 'local',
  source: `/data/${name}`,
  tags: context === undefined ? [] : [['mlflow.data.context', context] satisfies [string, string]],
})

describe('compareRuns', () => {
  it('names the runs in the order given', () => {
    const { runs } = compareRuns([aRun({ id: 'b', status: 'FAILED' }), aRun()])
    expect(runs).toEqual([
      {
        id: 'b',
        name: 'owl',
        experiment: 'churn',
        status: 'FAILED',
        user: 'ada',
        startTime: 1,
        endTime: 2,
      },
      {
        id: 'a',
        name: 'owl',
        experiment: 'churn',
        status: 'FINISHED',
        user: 'ada',
        startTime: 1,
        endTime: 2,
      },
    ])
  })

  it('aligns values with runs, null where a run has nothing', () => {
    const { params } = compareRuns([
      aRun({ params: { depth: '8', rate: '1' } }),
      aRun({ params: { rate: '1' } }),
    ])
    expect(params).toEqual([
      { key: 'depth', values: ['8', null], differs: true },
      { key: 'rate', values: ['1', '1'], differs: false },
    ])
  })

  it('leaves out what all runs agree in when asked to', () => {
    const runs = [aRun({ params: { a: '1', b: '1' } }), aRun({ params: { a: '1', b: '2' } })]
    expect(compareRuns(runs, { onlyDifferent: true }).params.map(({ key }) => key)).toEqual(['b'])
  })

  it('calls metrics different when their latest values are, NaN equal to NaN', () => {
    const runs = [
      aRun({ metrics: { auc: metric(0.9), loss: metric(Number.NaN), mae: metric(1) } }),
      aRun({ metrics: { auc: metric(0.9, { max: 1 }), loss: metric(Number.NaN), mae: metric(2) } }),
    ]
    const differing = compareRuns(runs).metrics.filter(({ differs }) => differs)
    expect(differing.map(({ key }) => key)).toEqual(['mae'])
  })

  it('shows code by name and does not repeat it, nor the names of the runs, among the tags', () => {
    const { code, tags } = compareRuns([
      aRun({
        tags: {
          'mlflow.source.git.commit': 'abc',
          'mlflow.source.git.branch': 'main',
          'mlflow.source.git.repoURL': 'git@x:y',
          'mlflow.source.name': 'train.py',
          'mlflow.source.type': 'LOCAL',
          'mlflow.project.entryPoint': 'main',
          'varve.git.dirty': 'true',
          'mlflow.source.other': '1',
          'mlflow.runName': 'owl',
          team: 'growth',
        },
      }),
    ])
    expect(code.map(({ key, values }) => [key, values[0]])).toEqual([
      ['branch', 'main'],
      ['commit', 'abc'],
      ['dirty', 'true'],
      ['entry point', 'main'],
      ['mlflow.source.other', '1'],
      ['repository', 'git@x:y'],
      ['source', 'train.py'],
      ['source type', 'LOCAL'],
    ])
    expect(tags).toEqual([{ key: 'team', values: ['growth'], differs: false }])
  })

  it('compares datasets by name and context, and counts those of the same name', () => {
    const { data } = compareRuns([
      aRun({
        inputs: [dataset('t', '1', 'training'), dataset('t', '2', 'training'), dataset('u', '3')],
      }),
      aRun({ inputs: [dataset('t', '9', 'training'), dataset('u', '3')] }),
    ])
    expect(data.map(({ key, differs }) => [key, differs])).toEqual([
      ['t (training)', true],
      ['t (training) #2', true],
      ['u', false],
    ])
    expect(data[0]?.values[1]).toEqual({ digest: '9', sourceType: 'local', source: '/data/t' })
  })

  it('keeps keys that objects have a meaning for', () => {
    const params: Record<string, string> = JSON.parse('{"__proto__":"x"}')
    const rows = compareRuns([aRun({ params }), aRun()]).params
    expect(rows).toEqual([{ key: '__proto__', values: ['x', null], differs: true }])
  })

  it('compares no runs, or one, without a difference', () => {
    expect(compareRuns([])).toEqual({
      runs: [],
      params: [],
      metrics: [],
      tags: [],
      data: [],
      code: [],
    })
    expect(compareRuns([aRun({ params: { a: '1' } })], { onlyDifferent: true }).params).toEqual([])
  })
})

describe('diffRuns', () => {
  it('lists what differs, before and after', () => {
    const before = aRun({
      params: { a: '1', b: '2' },
      metrics: { auc: metric(0.8) },
      inputs: [dataset('t', '1')],
    })
    const after = aRun({
      params: { a: '1', c: '3' },
      metrics: { auc: metric(0.9) },
      inputs: [dataset('t', '1')],
      tags: { 'mlflow.source.git.commit': 'abc', team: 'x' },
    })
    expect(diffRuns(before, after)).toEqual({
      params: [
        { key: 'b', before: '2', after: null },
        { key: 'c', before: null, after: '3' },
      ],
      metrics: [{ key: 'auc', before: metric(0.8), after: metric(0.9) }],
      data: [],
      code: [{ key: 'commit', before: null, after: 'abc' }],
    })
  })

  it('finds nothing between a run and itself', () => {
    const run = aRun({
      params: { a: '1' },
      metrics: { m: metric(Number.NaN) },
      inputs: [dataset('t', '1')],
    })
    expect(diffRuns(run, run)).toEqual({ params: [], metrics: [], data: [], code: [] })
  })
})
