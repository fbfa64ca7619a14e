import { hostFacts } from '#platform'
import { type EraseOptions, type Erasure, type ErasureSelector, erase } from './erasing/index.ts'
import { projections, type Store } from './store.ts'
import { isBuiltIn } from './user-events.ts'
import type { VarveView } from './varve.ts'

/** What erasing needs to know of who asks. */
export interface EraseParts {
  readonly store: Store
  readonly view: VarveView
  readonly actor: string | undefined
}

/** Erases in an open store. */
export const eraseIn = (
  { store, view, actor }: EraseParts,
  selector: ErasureSelector,
  options: EraseOptions,
): Promise<Erasure> => {
  const { engine, blobs } = store
  const parts = {
    engine,
    blobs,
    projections,
    actor: actor ?? hostFacts().user,
    experimentId: async (experiment: string) => (await view.experiments.get(experiment)).id,
    modelStreams: async (name: string) => {
      const models = await view.registry.list({ lifecycle: 'all' })
      return models.filter((model) => model.name === name).map(({ stream }) => stream)
    },
    isOwn: (type: string) => !isBuiltIn(type),
  }
  return erase(parts, selector, options)
}
