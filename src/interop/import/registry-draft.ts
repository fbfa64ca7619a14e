import type { NewRegistryEvent } from '../../registry/events.ts'
import type { RegistryEventData } from '../../registry/index.ts'
import type { SourceModel } from '../mlflow/index.ts'
import type { Draft } from './draft.ts'
import type { Stated } from './stated.ts'

export type RegistryData = RegistryEventData

/** A registered model on its way into the store. */
export interface ModelPlan {
  readonly model: SourceModel
  readonly stream: string
  readonly stated: Stated
  readonly file: string
}

/** What belongs to every event of one maker in one stream. */
export interface Making {
  readonly stream: string
  readonly actor: string
  readonly file: string
  readonly entity: string
}

export type DraftParts = Pick<Draft, 'due' | 'rank' | 'stated'> &
  Partial<Pick<Draft, 'counts' | 'isBirth'>>

type Build<Type extends keyof RegistryData> = () =>
  | RegistryData[Type]
  | undefined
  | Promise<RegistryData[Type] | undefined>

/** A draft of an event of the registry, whose data may depend on what comes before it. */
export const registryDraft = <Type extends keyof RegistryData & string>(
  { stream, actor, file, entity }: Making,
  { counts = {}, ...parts }: DraftParts,
  [type, data]: readonly [Type, Build<Type>],
): Draft => ({
  ...parts,
  counts,
  file,
  entity,
  build: async () => {
    const built = await data()
    // `as`: the tuple's type binds type and data together, which the union forgets.
    const event = { type, stream, actor, data: built } as unknown as NewRegistryEvent
    return built === undefined ? undefined : event
  },
})
