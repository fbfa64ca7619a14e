import type { Decider } from '../kernel/engine.ts'
import { foldEvent } from '../kernel/projections/projection.ts'
import type { ExperimentChoice, ExperimentFact, LoggedModelFacts } from './decide.ts'
import {
  type LoggedModelState,
  type LoggedModels,
  type LoggedModelTable,
  loggedModelById,
  loggedModelHandlers,
} from './logged-model.fold.ts'

/** What is committed, where rules about logged models look it up. */
export interface CommittedFacts {
  readonly models: () => LoggedModels
  readonly experiment: (which: ExperimentChoice) => ExperimentFact | undefined
}

/** Committed logged models, and over them what this commit has decided already. */
export interface PendingLoggedModels extends LoggedModelFacts {
  readonly table: LoggedModelTable
}

const layerOver = (base: ReadonlyMap<string, LoggedModelState>): LoggedModelTable['byStream'] => {
  const changed = new Map<string, LoggedModelState>()
  return {
    get: (stream) => changed.get(stream) ?? base.get(stream),
    set: (stream, model) => changed.set(stream, model),
  }
}

/** Decides about logged models. */
export const loggedModelDecider = ({
  models,
  experiment,
}: CommittedFacts): Decider<PendingLoggedModels> => ({
  open: () => {
    const table = { byStream: layerOver(models().byStream) }
    return { table, experiment, model: (id) => loggedModelById(table, id) }
  },
  evolve: ({ table }, event) => {
    foldEvent({ name: 'pending-logged-models', handlers: loggedModelHandlers }, table, event)
  },
})
