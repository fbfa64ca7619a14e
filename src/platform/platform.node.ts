export { openBlobStore } from '../artifacts/blob-store.node.ts'
export { localFile, localFiles } from '../artifacts/local-files.node.ts'
export { openDatabase } from '../kernel/log/level-database.node.ts'
export { durabilities } from './durabilities.node.ts'
export { findStore } from './find-store.node.ts'
export { gitFacts } from './git-facts.node.ts'
export { lacksCurrent, readHead, writeHead } from './head-file.node.ts'
export { hostFacts } from './host-facts.node.ts'
export { journalFault } from './journal-check.node.ts'
export { holdsStore, newFolder } from './new-folder.node.ts'
export { forgetPath, ownPath } from './own-path.node.ts'
export { ownerOf } from './owner-file.node.ts'
export { lockedError, ownerGuard, readerGuard } from './owner-guard.node.ts'
export type { JournalFault, KnownHead } from './platform.ts'
export { repairPlace, settledLog, undoRepair } from './repair-folder.node.ts'
export { databaseFiles, scratchFolder } from './salvage.node.ts'
export { sha256, sha256Hex } from './sha256.node.ts'
export {
  defaultStore,
  folderBytes,
  ignoreStore,
  storePath,
  tryRoom,
  workingFolder,
} from './store-folder.node.ts'
