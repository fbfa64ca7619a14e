import { type DomainError, kernelError } from '../kernel/errors.ts'
import type { FileItem } from '../kernel/log/salvage.ts'
import type {
  GitFacts,
  GitFactsOptions,
  JournalFault,
  KnownHead,
  NewFolder,
  Owner,
  OwnerGuard,
  RepairPlace,
  ScratchFolder,
} from './platform.ts'

/** The name of a store, or of the database of a part of it. */
export const storePath = (folder: string, ...names: readonly string[]): string =>
  [folder, ...names].join('/')

/** The store of a page that names none: there is no environment and no folder to look in. */
export const defaultStore = (): string => '.varve'

export const findStore = (_from: string, _env: unknown): string => defaultStore()

/** A page does not run in a folder. */
export const workingFolder = (): string => ''

/** A page does not know the source that it was built from. */
export const gitFacts = (_cwd: string, _options?: GitFactsOptions): Promise<GitFacts | undefined> =>
  Promise.resolve(undefined)

/** What the databases of this origin take in all: a browser does not tell one from another. */
export const folderBytes = async (_folder: string): Promise<number> =>
  (await navigator.storage.estimate()).usage ?? 0

/**
 * Nothing is written down of where a log ended: a browser promises no order between two databases, so that after a
 * power cut the note could be there and the events that it speaks of not.
 */
export const readHead = (_folder: string): Promise<KnownHead | undefined> =>
  Promise.resolve(undefined)

export const writeHead = (_folder: string, _head: KnownHead): Promise<void> => Promise.resolve()

/** A database is there as a whole or not at all. */
export const lacksCurrent = (_log: string): Promise<boolean> => Promise.resolve(false)

/** What IndexedDB keeps its databases in is the browser's own. */
export const journalFault = (_log: string): Promise<JournalFault | undefined> =>
  Promise.resolve(undefined)

/** Opening a database writes nothing. */
export const tryRoom = (_folder: string): Promise<void> => Promise.resolve()

/** No version control sees a database. */
export const ignoreStore = (_folder: string): Promise<void> => Promise.resolve()

const noFolder = (folder: string): DomainError =>
  kernelError(
    'UNSUPPORTED',
    `A browser has no folders, so none is read or made at ${folder}. Give what exportArchive of varve/keeping streams to a server or a download, and import it there.`,
    { data: { folder } },
  )

/** @throws `UNSUPPORTED` */
export const newFolder = (to: string): Promise<NewFolder> => Promise.reject(noFolder(to))

/** @throws `UNSUPPORTED` */
export const holdsStore = (folder: string): Promise<boolean> => Promise.reject(noFolder(folder))

/** What IndexedDB keeps its databases in is the browser's own. @throws `UNSUPPORTED` */
export const databaseFiles = (location: string): AsyncIterable<FileItem> => {
  throw noFolder(location)
}

/** @throws `UNSUPPORTED` */
export const scratchFolder = (): Promise<ScratchFolder> =>
  Promise.reject(noFolder('a temporary place'))

/** @throws `UNSUPPORTED` */
export const readerGuard = (folder: string): Promise<Pick<OwnerGuard, 'release'>> =>
  Promise.reject(noFolder(folder))

/** @throws `UNSUPPORTED` */
export const settledLog = (folder: string): Promise<string> => Promise.reject(noFolder(folder))

/** @throws `UNSUPPORTED` */
export const repairPlace = (folder: string): Promise<RepairPlace> =>
  Promise.reject(noFolder(folder))

/** No repair ever began. */
export const undoRepair = (_folder: string): Promise<void> => Promise.resolve()

/** The browser itself cuts off a page that lost its lock. */
export const ownPath = (folder: string, _owner: Owner): Promise<string> =>
  Promise.resolve(storePath(folder, 'log'))

export const forgetPath = (_folder: string, _owner: Owner): Promise<void> => Promise.resolve()
