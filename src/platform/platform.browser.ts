export { openBlobStore } from '../artifacts/blob-store.browser.ts'
export { localFile, localFiles } from '../artifacts/local-files.browser.ts'
export { openDatabase } from '../kernel/log/indexed-database.browser.ts'
export { durabilities } from './durabilities.browser.ts'
export { hostFacts } from './host-facts.browser.ts'
export { lockedError, ownerGuard, ownerOf } from './owner-guard.browser.ts'
export type { JournalFault, KnownHead } from './platform.ts'
export { sha256, sha256Hex } from './sha256.browser.ts'
export {
  databaseFiles,
  defaultStore,
  findStore,
  folderBytes,
  forgetPath,
  gitFacts,
  holdsStore,
  ignoreStore,
  journalFault,
  lacksCurrent,
  newFolder,
  ownPath,
  readerGuard,
  readHead,
  repairPlace,
  scratchFolder,
  settledLog,
  storePath,
  tryRoom,
  undoRepair,
  workingFolder,
  writeHead,
} from './store-place.browser.ts'
