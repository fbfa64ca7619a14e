import type { Decider } from '../kernel/engine.ts'
import { isRegistryEvent } from './model.fold.ts'
import {
  foldTables,
  pendingTables,
  type RegistryState,
  type RegistryTables,
} from './registry.fold.ts'

/** Decisions of the registry see what stands, and what their own commit has already decided. */
export const registryDecider = (state: () => RegistryState): Decider<RegistryTables> => ({
  open: () => pendingTables(state()),
  evolve: (tables, event) => {
    if (isRegistryEvent(event)) foldTables(tables, event)
  },
})
