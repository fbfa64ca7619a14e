import { kernelError } from '../errors.ts'

/** The answer to a request. */
export const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((answered, failed) => {
    request.onsuccess = () => answered(request.result)
    request.onerror = () => failed(request.error)
  })

/** Resolves when everything that was asked within a transaction is kept. */
export const kept = (transaction: IDBTransaction): Promise<void> =>
  new Promise((done, failed) => {
    transaction.oncomplete = () => done()
    transaction.onabort = () => failed(transaction.error ?? new Error('The write was broken off.'))
  })

/**
 * Opens, or makes, a database with these object stores. Those of others at the origin have names that begin otherwise.
 *
 * @throws `LOG_WRITE_FAILED`
 */
export const openIndexed = async (
  name: string,
  stores: readonly string[],
): Promise<IDBDatabase> => {
  const request = indexedDB.open(`varve/${name}`, 1)
  request.onupgradeneeded = () => {
    for (const store of stores) request.result.createObjectStore(store)
  }
  try {
    return await answerOf(request)
  } catch (cause) {
    throw kernelError(
      'LOG_WRITE_FAILED',
      `The browser did not open the database varve/${name} (${cause}). See whether this page may keep data, and how much space its origin has.`,
      { data: { name: `varve/${name}` }, cause },
    )
  }
}
