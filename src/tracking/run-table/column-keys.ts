import type { MetricColumn } from './metric-column.ts'
import type { TextColumn } from './text-column.ts'

/** The columns that runs of one experiment use, sorted by key. */
export interface KeySet {
  readonly params: readonly TextColumn[]
  readonly tags: readonly TextColumn[]
  readonly metrics: readonly MetricColumn[]
}

/**
 * Which columns the runs of each experiment use, so that reading one run looks at a few dozen columns,
 * not at the ten thousand that a store of many experiments has.
 */
export class ColumnKeys {
  readonly #params = new Map<number, TextColumn[]>()
  readonly #tags = new Map<number, TextColumn[]>()
  readonly #metrics = new Map<number, MetricColumn[]>()

  noteParam(column: TextColumn, experiment: number): void {
    if (!column.experiments.has(experiment)) note(this.#params, column, experiment)
  }

  noteTag(column: TextColumn, experiment: number): void {
    if (!column.experiments.has(experiment)) note(this.#tags, column, experiment)
  }

  noteMetric(column: MetricColumn, experiment: number): void {
    if (!column.experiments.has(experiment)) note(this.#metrics, column, experiment)
  }

  /** What the runs of an experiment (by its code) use. */
  of(experiment: number): KeySet {
    return {
      params: this.#params.get(experiment) ?? [],
      tags: this.#tags.get(experiment) ?? [],
      metrics: this.#metrics.get(experiment) ?? [],
    }
  }
}

interface Column {
  readonly key: string
  readonly experiments: Set<number>
}

const note = <C extends Column>(lists: Map<number, C[]>, column: C, experiment: number): void => {
  column.experiments.add(experiment)
  const list = lists.get(experiment) ?? []
  let at = list.length
  while (at > 0 && (list[at - 1]?.key ?? '') > column.key) at--
  list.splice(at, 0, column)
  lists.set(experiment, list)
}
