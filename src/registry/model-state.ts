import type { ModelLifecycle } from './model.ts'
import { itemsOf, type List, type Vector, valueAt } from './persistent.ts'

/** Where a version comes from: fixed for ever when it is created. */
export interface Origin {
  readonly run?: string
  readonly path?: string
  readonly source: string
  readonly digest?: string
  readonly loggedModel?: string
  readonly storageLocation?: string
}

/** The event that put a version into a stage, or under an alias. */
export interface Entry {
  readonly version: number
  readonly position: number
  readonly at: number
  readonly by: string
  readonly comment?: string
  /** Of the version; here too, so that an answer as of a date needs to look no further. */
  readonly origin: Origin
}

export type Tags = ReadonlyMap<string, string>

/** One version inside the aggregate. */
export interface VersionState {
  readonly version: number
  readonly origin: Origin
  readonly description?: string
  readonly user?: string
  readonly runLink?: string
  readonly tags: Tags
  readonly stage: string
  /** How it came to stand in `stage`. */
  readonly entry: Entry
  /** Every stage that it ever stood in. */
  readonly held: readonly string[]
  readonly lifecycle: ModelLifecycle
  readonly createdAt: number
  readonly changedAt: number
  readonly createdTime: number
  readonly changedTime: number
  /** When its stage or its description changed; tags do not count. */
  readonly updatedTime: number
}

/** Who stands in a stage, and who stood there before. */
export interface StageState {
  readonly stage: string
  /** Newest first. Its head stands in the stage; below it may lie versions that have left since. */
  readonly entered: List<Entry> | undefined
  /** Cells of `entered`. */
  readonly cells: number
  /** Versions that stand in the stage. */
  readonly standing: number
  /** The way back: each promotion puts its version on top, each rollback takes off what it undid. */
  readonly succession: List<number> | undefined
}

/**
 * A registered model with its versions: an immutable value. A change copies the few fields it changes and
 * one path through the tree of versions, so readers and undecided commits may keep the one they have.
 */
export interface ModelState {
  readonly stream: string
  readonly name: string
  readonly description?: string
  readonly tags: Tags
  readonly aliases: ReadonlyMap<string, Entry>
  readonly stages: readonly string[]
  /** Of the stages that a version ever stood in; few, so a list is the quickest to copy. */
  readonly standings: readonly StageState[]
  readonly versions: Vector<VersionState>
  /** The highest number ever given; deleted versions count. */
  readonly lastVersion: number
  readonly versionCount: number
  readonly lifecycle: ModelLifecycle
  readonly createdAt: number
  readonly changedAt: number
  readonly createdTime: number
  readonly changedTime: number
  /** When its name, its description or a stage changed, or a version came or went; tags do not count. */
  readonly updatedTime: number
  /** When it got its present name, if it had another one before. */
  readonly renamedTime?: number
}

/** Who stands, and stood, in a stage. */
export const stageState = (model: ModelState, stage: string): StageState =>
  model.standings.find((state) => state.stage === stage) ?? {
    stage,
    entered: undefined,
    cells: 0,
    standing: 0,
    succession: undefined,
  }

/** The version with a number, deleted or not. */
export const versionState = (model: ModelState, version: number): VersionState | undefined =>
  valueAt(model.versions, version)

/** Whether the version still stands where this entry put it. */
export const stands = (model: ModelState, stage: string, entry: Entry): boolean => {
  const version = versionState(model, entry.version)
  return (
    version?.lifecycle === 'active' &&
    version.stage === stage &&
    version.entry.position === entry.position
  )
}

/** How the current version of a stage came there: the one that most recently entered among those there. */
export const currentEntry = (model: ModelState, stage: string): Entry | undefined =>
  model.standings.find((state) => state.stage === stage)?.entered?.head

/** The versions in a stage, the most recently entered first. */
export const standingIn = (model: ModelState, stage: string): readonly number[] => {
  const state = stageState(model, stage)
  const found: number[] = []
  for (const entry of itemsOf(state.entered)) {
    if (found.length === state.standing) break
    if (stands(model, stage, entry)) found.push(entry.version)
  }
  return found
}

/** The stage of a list that a caller means, whatever the case. */
export const matchStage = (stages: readonly string[], asked: string): string | undefined => {
  if (stages.includes(asked)) return asked
  const lower = asked.toLowerCase()
  return stages.find((stage) => stage.toLowerCase() === lower)
}

/** Whether versions gather in this stage rather than take turns: where they start, and where they end. */
export const gathers = (stages: readonly string[], stage: string): boolean =>
  stage === stages[0] || (stages.length > 2 && stage === stages.at(-1))

/** The way back below the present holder of a stage; the whole of it while nobody stands there. */
export const wayBack = (model: ModelState, stage: string): List<number> | undefined => {
  const { succession } = stageState(model, stage)
  const present = currentEntry(model, stage)?.version
  if (present === undefined) return succession
  let cell = succession
  while (cell !== undefined && cell.head !== present) cell = cell.rest
  // A version may stand here off the way back, in a stage that keeps those it rolled back.
  return cell === undefined ? succession : cell.rest
}

/** The way back after a rollback to a version: down to where it held the stage, or with it on top. */
export const rolledBackTo = (model: ModelState, stage: string, version: number): List<number> => {
  let cell = wayBack(model, stage)
  while (cell !== undefined && cell.head !== version) cell = cell.rest
  return cell ?? { head: version, rest: stageState(model, stage).succession }
}
