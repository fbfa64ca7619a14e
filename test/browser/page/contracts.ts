import { blobStoreContract, logContract } from 'varve/testing'
import { openBlobStore } from '../../../src/artifacts/blob-store.browser.ts'
import { openLevelLog } from '../../../src/kernel/log/level-log.ts'

const remove = (name: string): Promise<void> =>
  new Promise((removed, failed) => {
    const request = indexedDB.deleteDatabase(`varve/${name}`)
    request.onsuccess = () => removed()
    request.onerror = () => failed(request.error)
  })

const openLog = async (name: string) => (await openLevelLog(name, { now: Date.now() })).log

/** What every log promises, of the one in IndexedDB. */
const logPromises = logContract(async () => {
  const name = crypto.randomUUID()
  return {
    log: await openLog(name),
    reopen: () => openLog(name),
    teardown: () => remove(name),
  }
})

/** What every blob store promises, of the one in IndexedDB. */
const blobPromises = blobStoreContract(async () => {
  const name = crypto.randomUUID()
  return { store: await openBlobStore(name), teardown: () => remove(`${name}/blobs`) }
})

/** Runs one promise, by its sentence; throws when it is broken. */
export const keepPromise = async (sentence: string): Promise<void> => {
  const promise = [...logPromises, ...blobPromises].find(({ name }) => name === sentence)
  if (promise === undefined) throw new Error(`Nobody promises "${sentence}".`)
  await promise.run()
}
