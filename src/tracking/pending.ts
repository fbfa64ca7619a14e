import type { Decider } from '../kernel/engine.ts'
import type { Handlers } from '../kernel/events/define-events.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { foldEvent } from '../kernel/projections/projection.ts'
import { type RunStatus, runStream, type TrackingEventData } from './events.ts'
import { type Experiments, experimentById } from './experiment.fold.ts'
import type { Pairs } from './input.ts'
import type { Lifecycle } from './run.ts'
import type { RunTable } from './run-table/run-table.ts'

/** What the rules ask about a run. */
export interface RunFacts {
  readonly experiment: string
  readonly lifecycle: Lifecycle
  readonly status: RunStatus
}

/** What the rules ask about an experiment. */
export interface ExperimentFacts {
  readonly id: string
  readonly name: string
  readonly lifecycle: Lifecycle
}

/** What the rules of tracking decide against. */
export interface TrackingFacts {
  experiment(id: string): ExperimentFacts | undefined
  experimentNamed(name: string): ExperimentFacts | undefined
  experimentTag(id: string, key: string): string | undefined
  /** An id that no experiment has. */
  freeExperimentId(): string
  /** @param stream - Its stream, where the caller has it: a text that is made once is hashed once. */
  run(id: string, stream?: string): RunFacts | undefined
  param(run: string, key: string): string | undefined
  tag(run: string, key: string): string | undefined
  /** Whether a logged model is there. */
  loggedModel(id: string): Lifecycle | undefined
}

/** The committed read models of tracking. */
export interface TrackingState {
  readonly experiments: Experiments
  readonly runs: RunTable
  /** Whether a logged model is there; without it none is. */
  readonly loggedModel?: (id: string) => Lifecycle | undefined
}

/** Values by two keys, both of them the user's. `null` says that a value was taken away. */
class Overlay {
  readonly #values = new Map<string, Map<string, string | null>>()

  get(owner: string, key: string): string | null | undefined {
    return this.#values.get(owner)?.get(key)
  }

  set(owner: string, key: string, value: string | null): void {
    const values = this.#values.get(owner)
    if (values === undefined) this.#values.set(owner, new Map([[key, value]]))
    else values.set(key, value)
  }
}

/** Committed state, and over it what this commit has decided already. */
export class PendingTracking implements TrackingFacts {
  readonly #state: TrackingState
  readonly #experiments = new Map<string, ExperimentFacts>()
  readonly #names = new Map<string, string | null>()
  readonly #experimentTags = new Overlay()
  readonly #runs = new Map<string, RunFacts>()
  readonly #params = new Overlay()
  readonly #tags = new Overlay()

  constructor(state: TrackingState) {
    this.#state = state
  }

  experiment(id: string): ExperimentFacts | undefined {
    return this.#experiments.get(id) ?? experimentById(this.#state.experiments, id)
  }

  experimentNamed(name: string): ExperimentFacts | undefined {
    const pending = this.#names.get(name)
    const id = pending === undefined ? this.#state.experiments.byName.get(name) : pending
    return id === null || id === undefined ? undefined : this.experiment(id)
  }

  experimentTag(id: string, key: string): string | undefined {
    const pending = this.#experimentTags.get(id, key)
    if (pending !== undefined) return pending ?? undefined
    return experimentById(this.#state.experiments, id)?.tags[key]
  }

  freeExperimentId(): string {
    // The default experiment has the id 0.
    let id = Math.max(1, this.#state.experiments.byStream.size + this.#experiments.size)
    while (this.experiment(String(id)) !== undefined) id += 1
    return String(id)
  }

  run(id: string, stream = runStream(id)): RunFacts | undefined {
    const known = this.#runs.get(id)
    if (known !== undefined) return known
    const { runs } = this.#state
    const row = runs.rowOfStream(stream)
    if (row === undefined) return undefined
    const facts = {
      experiment: runs.experimentId(row),
      lifecycle: runs.lifecycle(row),
      status: runs.status(row),
    }
    // Committed state stands still until this commit is written.
    this.#runs.set(id, facts)
    return facts
  }

  param(run: string, key: string): string | undefined {
    const row = this.#state.runs.rowOf(run)
    const committed = row === undefined ? undefined : this.#state.runs.param(row, key)
    return committed ?? this.#params.get(run, key) ?? undefined
  }

  tag(run: string, key: string): string | undefined {
    const pending = this.#tags.get(run, key)
    if (pending !== undefined) return pending ?? undefined
    const row = this.#state.runs.rowOf(run)
    return row === undefined ? undefined : this.#state.runs.tag(row, key)
  }

  loggedModel(id: string): Lifecycle | undefined {
    return this.#state.loggedModel?.(id)
  }

  setExperiment(id: string, changes: Partial<ExperimentFacts>): void {
    const before = this.experiment(id) ?? { id, name: '', lifecycle: 'active' }
    const { name, lifecycle } = { ...before, ...changes }
    if (before.name !== name) this.#names.set(before.name, null)
    this.#names.set(name, id)
    this.#experiments.set(id, { id, name, lifecycle })
  }

  setExperimentTag(id: string, key: string, value: string | null): void {
    this.#experimentTags.set(id, key, value)
  }

  setRun(id: string, changes: Partial<RunFacts>): void {
    const before = this.run(id) ?? { experiment: '', lifecycle: 'active', status: 'RUNNING' }
    this.#runs.set(id, { ...before, ...changes })
  }

  setParams(id: string, params: Pairs): void {
    for (const [key, value] of params) this.#params.set(id, key, value)
  }

  setTag(id: string, key: string, value: string | null): void {
    this.#tags.set(id, key, value)
  }
}

const experimentOf = (event: RecordedEvent): string => event.stream.slice('experiment:'.length)
const runOf = (event: RecordedEvent): string => event.stream.slice('run:'.length)

/** What the rules ask about does not depend on these. */
const nothing = (): void => {}

/** How a decided event changes what the next decision sees. */
const pendingHandlers: Handlers<PendingTracking, TrackingEventData> = {
  'experiment.created': (pending, { data: { id, name, tags } }) => {
    pending.setExperiment(id, { name })
    for (const [key, value] of tags) pending.setExperimentTag(id, key, value)
  },
  'experiment.renamed': (pending, event) => {
    pending.setExperiment(experimentOf(event), { name: event.data.name })
  },
  'experiment.tag-set': (pending, event) => {
    pending.setExperimentTag(experimentOf(event), event.data.key, event.data.value)
  },
  'experiment.tag-deleted': (pending, event) => {
    pending.setExperimentTag(experimentOf(event), event.data.key, null)
  },
  'experiment.deleted': (pending, event) => {
    pending.setExperiment(experimentOf(event), { lifecycle: 'deleted' })
  },
  'experiment.restored': (pending, event) => {
    pending.setExperiment(experimentOf(event), { lifecycle: 'active' })
  },
  'run.started': (pending, { data: { id, experiment, status, params, tags } }) => {
    pending.setRun(id, { experiment, status })
    pending.setParams(id, params)
    for (const [key, value] of tags) pending.setTag(id, key, value)
  },
  'run.params-logged': (pending, event) => pending.setParams(runOf(event), event.data.params),
  'run.metrics-logged': nothing,
  'run.tags-set': (pending, event) => {
    for (const [key, value] of event.data.tags) pending.setTag(runOf(event), key, value)
  },
  'run.tag-deleted': (pending, event) => pending.setTag(runOf(event), event.data.key, null),
  'run.inputs-logged': nothing,
  'run.outputs-logged': nothing,
  'run.artifact-logged': nothing,
  'run.artifact-deleted': nothing,
  'run.updated': (pending, event) => {
    const { status } = event.data
    if (status !== undefined) pending.setRun(runOf(event), { status })
  },
  'run.ended': (pending, event) => pending.setRun(runOf(event), { status: event.data.status }),
  'run.deleted': (pending, event) => pending.setRun(runOf(event), { lifecycle: 'deleted' }),
  'run.restored': (pending, event) => pending.setRun(runOf(event), { lifecycle: 'active' }),
}

/** Decides tracking's commands against the committed state that the function gives. */
export const trackingDecider = (state: () => TrackingState): Decider<PendingTracking> => ({
  open: () => new PendingTracking(state()),
  evolve: (pending, event) => {
    foldEvent({ name: 'pending-tracking', handlers: pendingHandlers }, pending, event)
  },
})
