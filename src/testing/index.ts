/** For those who write a log adapter, a blob store or rules of their own: what proves them. */
export type { BlobStore, StoredBlob } from '../artifacts/index.ts'
export type { NewEvent, RecordedEvent } from '../kernel/events/event.ts'
export type {
  Entries,
  Entry,
  EventLog,
  LogSupports,
  StoredCommit,
} from '../kernel/log/event-log.ts'
export {
  type BlobStorePromise,
  type BlobStoreSetup,
  blobStoreContract,
} from './blob-store-contract.ts'
export { type Decided, type Given, type Rules, specification } from './given.ts'
export { type LogPromise, type LogSetup, type LogUnderTest, logContract } from './log-contract.ts'
