import type { Database } from '../kernel/log/database.ts'
import type { FileItem } from '../kernel/log/salvage.ts'
import type { Durability } from '../kernel/log/settings.ts'

/** Who and what runs, as far as the runtime tells. A browser knows no user and no process. */
export interface HostFacts {
  /** Name of the operating-system user; `unknown` in a browser. */
  readonly user: string
  /** In a browser, the host of the page's address. */
  readonly host: string
  /** Operating system and architecture: `linux x64`. */
  readonly platform: string
  /** `node v20.20.2`, or how the browser names itself. */
  readonly runtime: string
  /** The program's file, relative to the working directory at the first call, with `/`; or the page's path. */
  readonly entryPoint?: string
  /** 0 in a browser. */
  readonly pid: number
}

/** The code that runs, as Git knows it. */
export interface GitFacts {
  readonly commit: string
  /** Absent on a detached HEAD. */
  readonly branch?: string
  /**
   * Whether anything differs from the commit, untracked files included and stores left out. Absent when
   * the repository is too large to say in time.
   */
  readonly dirty?: boolean
  /** The remote `origin`, or the first one, without credentials. */
  readonly repoUrl?: string
}

export interface GitFactsOptions {
  /** Folders that do not make a working tree dirty, beside each folder called `.varve`: the open store. */
  readonly exclude?: readonly string[]
}

/** The process that holds a store, or the page. */
export interface Owner {
  readonly pid: number
  readonly host: string
  /** Ms since the epoch. */
  readonly since: number
  /** Address of the page, in a browser. */
  readonly page?: string
}

/** Where a log ended when its store was closed. */
export interface KnownHead {
  /** Position of the newest event; -1 for an empty log. */
  readonly position: number
  /** Hash of the newest commit's header. */
  readonly hash: Uint8Array
}

/** Damage in a file of the database that it would rewrite when it is opened. */
export interface JournalFault {
  readonly file: string
  /** Bytes from here, up to but not including `to`. */
  readonly from: number
  readonly to: number
}

/** Exclusive ownership of a store's folder. It ends with the process, however that ends. */
export interface OwnerGuard {
  readonly owner: Owner
  /**
   * Whether the guard itself keeps other processes out. Where it cannot, the database's own lock does, and
   * `ownerOf` says who to name in the message.
   */
  readonly exclusive: boolean
  /**
   * Throws when somebody took the store by force meanwhile; absent where nobody can. Cheap: it is asked twice a write.
   *
   * @throws `LOG_DEPOSED`
   */
  readonly mayWrite?: () => void
  /** Gives the folder up; the next owner may take it as soon as this resolves. May be called twice. */
  release(): Promise<void>
}

/** A folder of nobody's but who made it. */
export interface ScratchFolder {
  readonly path: string
  /** Removes it and what is in it. */
  remove(): Promise<void>
}

/** A store's folder whose log is being repaired, by its owner. */
export interface RepairPlace {
  /** The damaged log. */
  readonly log: string
  /** Where the other one is made. */
  readonly fresh: string
  /** Where in the store is kept what was cut. */
  readonly quarantine: string
  /** Bytes of a file of the damaged log, as far as they can be read. */
  bytesOf(file: string, from: number, to: number): Promise<Uint8Array>
  /** Writes down what was cut, durably. */
  keep(lines: readonly string[]): Promise<void>
  copyLog(to: string): Promise<void>
  /** Puts the other log in the place of the damaged one, which goes into quarantine. */
  swap(head: KnownHead): Promise<void>
  /** Removes what was kept, when it comes to no repair. */
  abandon(): Promise<void>
}

/** A store's folder that is being made, and has its name only when it is whole. */
export interface NewFolder {
  /** What it will be called. */
  readonly folder: string
  /** Where it is until then; nobody else makes one there. */
  readonly path: string
  /** Gives it its name, durably. */
  keep(): Promise<void>
  /** Removes what was made. */
  abandon(): Promise<void>
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * What differs between Node and a browser: each platform file exports these names, and `openBlobStore`, which
 * gives the port of artifacts.
 */
export interface Platform {
  /** What an acknowledged event can be made to survive here; the first unless a store is made otherwise. */
  readonly durabilities: readonly [Durability, ...Durability[]]
  /** Opens, or makes, the database in a folder (Node) or of a name (browser). */
  readonly openDatabase: (location: string) => Promise<Database>
  /** Looks for damage in what the database rewrites when it is opened; nothing is touched. */
  readonly journalFault: (location: string) => Promise<JournalFault | undefined>
  /** What can be made out in the files of a database, whatever is damaged in them; nothing is touched. */
  readonly databaseFiles: (location: string) => AsyncIterable<FileItem>
  /** Where the log of a store lies: a repair that was broken off may have moved it. */
  readonly settledLog: (folder: string) => Promise<string>
  readonly repairPlace: (folder: string) => Promise<RepairPlace>
  /** Takes a repair back that was broken off. */
  readonly undoRepair: (folder: string) => Promise<void>
  readonly scratchFolder: () => Promise<ScratchFolder>
  /** SHA-256 as 32 bytes that share no memory. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** SHA-256 as 64 hex digits. */
  readonly sha256Hex: (bytes: Uint8Array) => string
  readonly hostFacts: () => HostFacts
  readonly gitFacts: (cwd: string, options?: GitFactsOptions) => Promise<GitFacts | undefined>
  readonly findStore: (from: string, env: Environment) => string
  readonly ownerGuard: (folder: string) => Promise<OwnerGuard>
  /**
   * Keeps owners out while a folder is read, and writes nothing into it.
   *
   * @throws `LOG_LOCKED`, `INVALID_VALUE` when there is no such folder
   */
  readonly readerGuard: (folder: string) => Promise<Pick<OwnerGuard, 'release'>>
  /** The path by which this owner alone reaches the log of a store: who takes the store over cuts it off. */
  readonly ownPath: (folder: string, owner: Owner) => Promise<string>
  readonly forgetPath: (folder: string, owner: Owner) => Promise<void>
  /** Who holds, or last held, a folder, as far as it was written down. */
  readonly ownerOf: (folder: string) => Promise<Owner | undefined>
  readonly lockedError: (folder: string, owner: Owner | undefined) => Error
  /** The real path of a store, or of what lies in it. */
  readonly storePath: (folder: string, ...names: readonly string[]) => string
  /** The store that a program without a path means, here and now. */
  readonly defaultStore: () => string
  readonly workingFolder: () => string
  /** Bytes of the files in a folder, for people. */
  readonly folderBytes: (folder: string) => Promise<number>
  /** Begins the folder of a store that is copied or imported; its name must be free. */
  readonly newFolder: (to: string) => Promise<NewFolder>
  /** Whether a store was made in a folder. */
  readonly holdsStore: (folder: string) => Promise<boolean>
  /** Tries whether there is room for what opening the store writes. Rejects with the system's error when not. */
  readonly tryRoom: (folder: string) => Promise<void>
  /** Keeps version control from taking a store for source. */
  readonly ignoreStore: (folder: string) => Promise<void>
}
