import type { BlobStore, TreeFile } from '../../artifacts/index.ts'
import type { Reader } from '../../kernel/engine.ts'
import type { EventEngine } from '../../kernel/event-engine.ts'
import type { RegistryView } from '../../registry/index.ts'
import type { Times } from './mode.ts'
import type { Sink } from './sink.ts'
import type { Tally } from './tally.ts'

/** What every part of one import works with. */
export interface ImportContext {
  readonly reader: Reader
  readonly engine: EventEngine
  readonly blobs: BlobStore
  readonly registry: Pick<RegistryView, 'current'>
  readonly tally: Tally
  readonly times: Times
  readonly sink: Sink
  readonly signal: AbortSignal | undefined
  readonly wantsArtifacts: boolean
  /** Runs that versions were made by, with the artifacts found so far. */
  readonly modelRuns: Map<string, readonly TreeFile[]>
}

/** Who did it, where the source does not say. */
export const unknownActor = 'unknown'
