import { codeOf, DomainError } from '../errors.ts'
import { alone, decodeHeader, emptyHead, type Head, learnErasure, verifyCommit } from './commit.ts'
import { Erasures } from './erasures.ts'
import type { Entry, EventLog, StoredCommit } from './event-log.ts'
import { logKey, positionOf, prefix } from './keys.ts'
import type { FileEntry } from './level-files/entry.ts'
import type { Gap } from './level-files/journal.ts'
import { prefixOf } from './prefix-log.ts'
import { type StoreSettings, settingsAmong } from './settings.ts'
import { CommitCheck } from './verify.ts'

/** What was found in a file of the database: an entry, or a stretch that is damaged. */
export type FileItem =
  | { readonly file: string; readonly entry: FileEntry }
  | { readonly file: string; readonly gap: Gap }

/** A stretch of a file that is damaged. */
export interface FileFault extends Gap {
  readonly file: string
}

/** Positions that are missing, both ends included. */
export interface Missing {
  readonly from: number
  readonly to: number
}

/** An entry that stands where a commit should, and is none. */
export interface DamagedCommit {
  readonly first: number
  readonly file: string
  readonly bytes: Uint8Array
}

/** What could be saved of a log. */
export interface Salvaged {
  /** Everything that is intact, at its positions. */
  readonly log: EventLog
  /** Where the part ends that is whole from the beginning on. */
  readonly head: Head
  /** Position after the last intact commit, beyond all holes. */
  readonly end: number
  readonly settings: StoreSettings | undefined
  /** Cursors of durable subscriptions. */
  readonly cursors: readonly Entry[]
  readonly faults: readonly FileFault[]
  /** Entries in the places of commits that are missing. */
  readonly damaged: readonly DamagedCommit[]
  readonly missing: readonly Missing[]
}

/** Commits are written this many at a time, or as many as take about 4 MiB. */
const most = { commits: 1024, bytes: 4 * 1024 * 1024 }

interface Found {
  readonly file: string
  readonly sequence: number
  readonly value: Uint8Array | undefined
}

/** A commit with another payload than its header's: erased, or damaged. */
interface Other {
  readonly commit: StoredCommit
  readonly sequence: number
  /** SHA-256, hex. */
  readonly payload: string
}

/** Sorts what is found, and keeps the commits that are intact in a log of their own. */
class Intake {
  readonly faults: FileFault[] = []
  readonly #log: EventLog
  /** Settings and cursors: of each key the newest. */
  readonly #beside = new Map<string, Found & { readonly key: Uint8Array }>()
  readonly #others: Other[] = []
  readonly #broken: DamagedCommit[] = []
  #waiting: StoredCommit[] = []
  #bytes = 0

  constructor(log: EventLog) {
    this.#log = log
  }

  get beside(): readonly Entry[] {
    return [...this.#beside.values()].flatMap(({ key, value }) =>
      value === undefined ? [] : [{ key, value }],
    )
  }

  async take(item: FileItem): Promise<void> {
    const { file } = item
    if ('gap' in item) {
      this.faults.push({ file, ...item.gap })
      return
    }
    const { key, value, sequence } = item.entry
    if (key[0] === prefix.log && key.length === logKey(0).length && value !== undefined) {
      await this.#commit({ first: positionOf(key), bytes: value }, { file, sequence, value })
    } else if (key[0] === prefix.setting || key[0] === prefix.subscription) {
      const name = key.join()
      const known = this.#beside.get(name)
      if (known === undefined || known.sequence < sequence) {
        this.#beside.set(name, { key: key.slice(), value: value?.slice(), sequence, file })
      }
    }
  }

  /** Ends it: puts erased payloads in their places, and gives what stays damaged. */
  async end(): Promise<readonly DamagedCommit[]> {
    await this.#write()
    if (this.#others.length > 0) await this.#settleOthers()
    const damaged: DamagedCommit[] = []
    for (const each of this.#broken) {
      const stored = await this.#log.at(each.first)
      if (stored?.first !== each.first) damaged.push(each)
    }
    return damaged
  }

  async #commit(commit: StoredCommit, found: Found): Promise<void> {
    const { first } = commit
    const what = Number.isSafeInteger(first) ? alone(commit) : undefined
    // A file's bytes are let go when it is read; what is kept of them is copied.
    const bytes = commit.bytes.slice()
    if (what?.own === true) {
      this.#waiting.push({ first, bytes })
      this.#bytes += bytes.length
      if (this.#waiting.length >= most.commits || this.#bytes >= most.bytes) await this.#write()
      return
    }
    this.#broken.push({ first, file: found.file, bytes })
    if (what === undefined) return
    const { payload } = what
    this.#others.push({ commit: { first, bytes }, sequence: found.sequence, payload })
  }

  /** The newest payload for which a recorded erasure vouches stands in the place of the one that was erased. */
  async #settleOthers(): Promise<void> {
    const erasures = new Erasures()
    this.#others.sort((a, b) => a.sequence - b.sequence)
    for await (const commits of this.#log.read(0)) {
      for (const commit of commits) learn(commit, erasures)
    }
    // Of an erasure itself something may have been erased: a name.
    for (const { commit } of this.#others) learn(commit, erasures)
    for (const { commit, payload } of this.#others) {
      erasures.note(commit.first, payload)
      if (!erasures.isDoubtful(commit.first)) this.#waiting.push(commit)
    }
    await this.#write()
  }

  async #write(): Promise<void> {
    const entries = this.#waiting.map(({ first, bytes }) => ({ key: logKey(first), value: bytes }))
    this.#waiting = []
    this.#bytes = 0
    if (entries.length > 0) await this.#log.entries.write(entries)
  }
}

const learn = (commit: StoredCommit, erasures: Erasures): void => {
  try {
    learnErasure(commit, erasures)
  } catch (error) {
    // A damaged payload teaches nothing.
    if (codeOf(error) !== 'LOG_CORRUPT') throw error
  }
}

/** Puts what is intact among the files of a log into another, empty one. Nothing is written but into that. */
export const salvage = async (
  items: AsyncIterable<FileItem>,
  into: EventLog,
): Promise<Salvaged> => {
  const intake = new Intake(into)
  for await (const item of items) await intake.take(item)
  const damaged = await intake.end()
  const head = await soundHead(into)
  const missing: Missing[] = []
  let end = head.next
  for await (const commits of into.read(head.next)) {
    for (const commit of commits) {
      if (commit.first < head.next) continue
      if (commit.first > end) missing.push({ from: end, to: commit.first - 1 })
      end = commit.first + decodeHeader(commit).count
    }
  }
  return {
    log: into,
    head,
    end,
    settings: settingsAmong(intake.beside),
    cursors: intake.beside.filter(({ key }) => key[0] === prefix.subscription),
    faults: intake.faults,
    damaged,
    missing,
  }
}

/**
 * The positions that are missing.
 *
 * @param known - The last position that the log is known to have had, from outside of it.
 */
export const missingOf = ({ missing, end }: Salvaged, known = -1): readonly Missing[] =>
  known < end ? missing : [...missing, { from: end, to: known }]

/** The head of the part that holds from the beginning on, links and erasures included. */
const soundHead = async (log: EventLog): Promise<Head> => {
  let { next } = await linkedHead(log)
  for (;;) {
    const check = new CommitCheck(prefixOf(log, next), emptyHead, next - 1)
    const broken = await firstBroken(check, prefixOf(log, next))
    if (broken === undefined) return check.head
    next = broken
  }
}

const linkedHead = async (log: EventLog): Promise<Head> => {
  const erasures = new Erasures()
  let head = emptyHead
  try {
    for await (const commits of log.read(0)) {
      for (const commit of commits) head = verifyCommit(commit, head, erasures)
    }
  } catch (error) {
    if (codeOf(error) !== 'LOG_CORRUPT') throw error
  }
  return head
}

/** The first position at which a check fails; it is before where the check ends. */
const firstBroken = async (check: CommitCheck, log: EventLog): Promise<number | undefined> => {
  try {
    for await (const commits of log.read(0)) {
      for (const commit of commits) await check.next(commit)
    }
    check.end()
    return undefined
  } catch (error) {
    const position = error instanceof DomainError ? error.data['position'] : undefined
    if (codeOf(error) !== 'LOG_CORRUPT' || typeof position !== 'number') throw error
    return position
  }
}
