import type { ModelMetrics } from '../../logged-models/events.ts'
import { createColumns, type Point, type PointColumns, parseMetricLine } from './metrics.ts'

/** A point of a logged model: which run measured it, and on what. */
export interface ModelPoint extends Point {
  readonly run: string
  /** Name of the data; `''` where there is none. */
  readonly dataset: string
  readonly digest: string
}

type Origin = Pick<ModelPoint, 'run' | 'dataset' | 'digest'>

/** Gathers the points of one logged model. */
export interface ModelPoints {
  add(key: string, point: ModelPoint): void
  /** By run and data in the order they came, then by timestamp. */
  finish(): readonly ModelMetrics[]
}

export const createModelPoints = (): ModelPoints => {
  const groups = new Map<string, Origin & { readonly columns: PointColumns }>()
  return {
    add: (key, point) => {
      const { run, dataset, digest } = point
      const name = JSON.stringify([run, dataset, digest])
      const group = groups.get(name) ?? { run, dataset, digest, columns: createColumns() }
      groups.set(name, group)
      group.columns.add(key, point)
    },
    finish: () =>
      Array.from(groups.values(), ({ run, dataset, digest, columns }) => ({
        ...(run === '' ? {} : { run }),
        ...(dataset === ''
          ? {}
          : { dataset: { name: dataset, ...(digest === '' ? {} : { digest }) } }),
        ...columns.finish(),
      })),
  }
}

/**
 * Reads a line of a metric file of a logged model: `timestamp value step run`, with the name and digest of a
 * dataset behind it where it was measured on one. Gives the problem of a bad line.
 */
export const parseModelMetricLine = (line: string): ModelPoint | string => {
  const parts = line.trim().split(' ')
  if (parts.length !== 4 && parts.length !== 6) {
    return 'A metric point of a logged model is "timestamp value step run", perhaps with name and digest of a dataset; the line is left out.'
  }
  const point = parseMetricLine(parts.slice(0, 3).join(' '))
  if (typeof point === 'string') return point
  const [run = '', dataset = '', digest = ''] = parts.slice(3)
  return { ...point, run, dataset, digest }
}
