import type { Reader, Writer } from './kernel/engine.ts'
import type { EventEngine } from './kernel/event-engine.ts'
import type { Writes } from './kernel/writes.ts'
import {
  createLoggedModels,
  type ExperimentChoice,
  type ExperimentFact,
  type LoggedModels,
  type LoggedModelsView,
  loggedModelById,
  loggedModelNotFound,
  loggedModelsProjection,
  loggedModelsView,
} from './logged-models/index.ts'
import type { LoggedModelFacts } from './registry/index.ts'
import { experimentStream } from './tracking/events.ts'
import { type ExperimentsView, experimentsProjection, runsProjection } from './tracking/index.ts'

/** What logged models are wired to. */
export interface LoggedModelsSession {
  readonly store: { readonly engine: EventEngine; readonly clock: () => number }
  readonly writer: Writer
  readonly writes: Writes
  readonly reader: Reader
  /** @throws `LOG_CLOSED` */
  readonly check: () => void
}

const stateOf = ({ store, check }: LoggedModelsSession) => {
  check()
  return store.engine.state(loggedModelsProjection)
}

const experimentIn = (engine: EventEngine, which: ExperimentChoice): ExperimentFact | undefined => {
  const { byStream, byName } = engine.state(experimentsProjection)
  const byId = (id: string | undefined) => byStream.get(experimentStream(id ?? ''))
  if ('id' in which) return byId(which.id)
  if ('name' in which) return byId(byName.get(which.name))
  const runs = engine.state(runsProjection)
  const row = runs.rowOf(which.run)
  return row === undefined ? undefined : byId(runs.experimentId(row))
}

/** Logged models as of a position. */
export const loggedModelsAt = (
  session: LoggedModelsSession,
  position: () => number | Promise<number>,
  experiments: ExperimentsView,
): LoggedModelsView =>
  loggedModelsView({
    reader: session.reader,
    state: () => stateOf(session),
    position,
    experimentId: async (nameOrId) => (await experiments.get(nameOrId)).id,
  })

/** What a version takes over from a logged model. @throws `LOGGED_MODEL_NOT_FOUND` */
export const loggedModelFacts =
  (session: LoggedModelsSession): LoggedModelFacts =>
  async (id) => {
    const model = loggedModelById(stateOf(session), id)
    if (model?.lifecycle !== 'active') throw loggedModelNotFound(id)
    return model
  }

/** The live logged models. */
export const loggedModelsOn = (
  session: LoggedModelsSession,
  experiments: ExperimentsView,
): LoggedModels => {
  const { store, writer, writes, reader } = session
  const { engine, clock } = store
  return createLoggedModels({
    writer,
    reader,
    clock,
    models: () => stateOf(session),
    experiment: (which) => experimentIn(engine, which),
    view: loggedModelsAt(session, () => engine.last, experiments),
    supervise: (write) => writes.track(write),
  })
}
