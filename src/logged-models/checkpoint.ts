import { decodeColumn, type EncodedColumn, encodeColumn } from '../kernel/events/columns.ts'
import { aggregateParts } from '../kernel/projections/parts.ts'
import type { Projection } from '../kernel/projections/projection.ts'
import {
  initialLoggedModels,
  type LoggedModelState,
  type LoggedModels,
  loggedModelHandlers,
} from './logged-model.fold.ts'
import { blocksOf, type PointBlock } from './metric-points.ts'

type Pairs = readonly (readonly [string, string])[]

interface SavedBlock extends Pick<PointBlock, 'keys' | 'origins'> {
  readonly key: EncodedColumn
  readonly origin: EncodedColumn
  readonly value: EncodedColumn
  readonly step: EncodedColumn
  readonly timestamp: EncodedColumn
}

interface SavedLoggedModel extends Omit<LoggedModelState, 'params' | 'tags' | 'points'> {
  readonly stream: string
  readonly params: Pairs
  readonly tags: Pairs
  /** Oldest first. */
  readonly blocks: readonly SavedBlock[]
}

const saveBlock = ({ keys, origins, ...block }: PointBlock): SavedBlock => ({
  keys,
  origins,
  key: encodeColumn(block.key),
  origin: encodeColumn(block.origin),
  value: encodeColumn(block.value),
  step: encodeColumn(block.step),
  timestamp: encodeColumn(block.timestamp),
})

const saveLoggedModel = (
  { byStream }: LoggedModels,
  stream: string,
): SavedLoggedModel | undefined => {
  const model = byStream.get(stream)
  if (model === undefined) return undefined
  const { params, tags, points, ...rest } = model
  const blocks = blocksOf(points).map(saveBlock)
  return { ...rest, stream, params: [...params], tags: [...tags], blocks }
}

const doubles = (saved: EncodedColumn): Float64Array => {
  const column = decodeColumn(saved)
  if (column instanceof Float64Array) return column
  throw new TypeError('The checkpoint has no doubles where metric points were.')
}

const indices = (saved: EncodedColumn): Uint32Array => {
  const column = decodeColumn(saved)
  if (column instanceof Uint32Array) return column
  throw new TypeError('The checkpoint has no indices where metric points were.')
}

const loadBlocks = (blocks: readonly SavedBlock[]): PointBlock | undefined => {
  let before: PointBlock | undefined
  for (const { keys, origins, ...block } of blocks) {
    before = {
      keys,
      origins,
      key: indices(block.key),
      origin: indices(block.origin),
      value: doubles(block.value),
      step: doubles(block.step),
      timestamp: doubles(block.timestamp),
      before,
    }
  }
  return before
}

const loadLoggedModel = ({ byStream }: LoggedModels, saved: SavedLoggedModel | undefined): void => {
  if (saved === undefined) return
  const { stream, params, tags, blocks, ...rest } = saved
  const maps = { params: new Map(params), tags: new Map(tags) }
  byStream.restore(stream, Object.freeze({ ...rest, ...maps, points: loadBlocks(blocks) }))
}

/** Logged models as a read model of the engine. */
export const loggedModelsProjection: Projection<LoggedModels> = {
  name: 'logged-models',
  version: 1,
  initial: initialLoggedModels,
  handlers: loggedModelHandlers,
  parts: aggregateParts({
    neighbours: ({ byStream }) => byStream.neighbours,
    save: saveLoggedModel,
    load: loadLoggedModel,
  }),
}
