import { type DomainError, kernelError } from './kernel/errors.ts'
import type { Store } from './store.ts'

/** What every write says to a store that was opened to be read. */
export const readOnlyError = (): DomainError =>
  kernelError(
    'READ_ONLY',
    'The store was opened with { readOnly: true }, and nothing was written. Open it without that to write.',
  )

/** A store that takes nothing. */
export const readOnlyStore = (store: Store): Store => ({
  ...store,
  readOnly: true,
  blobs: { ...store.blobs, put: () => Promise.reject(readOnlyError()) },
})
