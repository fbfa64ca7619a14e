import { checked } from '../kernel/check.ts'
import { type Feed, flatMapFeed } from '../kernel/streams/feed.ts'
import { type Call, callsOf } from './calls.ts'
import { defined } from './defined.ts'
import { transitionEntity } from './entities.ts'
import { transitionQuery } from './inputs.ts'
import { isRegistryEvent } from './model.fold.ts'
import type { ModelVersion, RegisteredModel, Transition } from './model.ts'
import { matchStage } from './model-state.ts'
import { registryAsOf } from './reader.ts'
import type { Registry, TransitionQuery } from './registry-api.ts'
import { valueAsOf } from './timelines.fold.ts'
import { modelWrites, versionWrites } from './writes.ts'
import type { RegistryParts } from './writing.ts'

type Calls<Writes, Answer> = { readonly [Name in keyof Writes]: Call<Answer> }

/** The live registry: every read sees what is recorded, writes are decided in the order of the calls. */
export const createRegistry = (parts: RegistryParts): Registry => {
  const { reader, state } = parts
  const { model, version, create } = callsOf(parts)
  const models: Calls<typeof modelWrites, RegisteredModel> = {
    register: model('register', modelWrites.register),
    describe: model('describe', modelWrites.describe),
    rename: model('rename', modelWrites.rename),
    setTag: model('setTag', modelWrites.setTag),
    deleteTag: model('deleteTag', modelWrites.deleteTag),
    deleteAlias: model('deleteAlias', modelWrites.deleteAlias),
    setStages: model('setStages', modelWrites.setStages),
    delete: model('delete', modelWrites.delete),
  }
  const versions: Calls<typeof versionWrites, ModelVersion> = {
    transition: version('transition', versionWrites.transition),
    rollback: version('rollback', versionWrites.rollback),
    setAlias: version('setAlias', versionWrites.setAlias),
    describeVersion: version('describeVersion', versionWrites.describeVersion),
    setVersionTag: version('setVersionTag', versionWrites.setVersionTag),
    deleteVersionTag: version('deleteVersionTag', versionWrites.deleteVersionTag),
    deleteVersion: version('deleteVersion', versionWrites.deleteVersion),
  }
  return {
    ...registryAsOf({ reader, state, position: Number.POSITIVE_INFINITY }),
    ...models,
    ...versions,
    createVersion: create,
    transitions: (query) => transitionsOf(parts, query),
  }
}

/** @throws `INVALID_VALUE` */
const transitionsOf = (
  { reader, state }: RegistryParts,
  query: TransitionQuery = {},
): Feed<Transition> => {
  const asked = defined(checked(transitionQuery, query, 'registry.transitions'))
  const { from, model, stage } = asked
  const types = ['version.transitioned']
  return flatMapFeed(reader.events({ types, ...defined({ from }) }), (event) => {
    if (!isRegistryEvent(event) || event.type !== 'version.transitioned') return []
    if (stage !== undefined && matchStage([event.data.to], stage) === undefined) return []
    const names = state().timelines.models.get(event.stream)?.names
    const name = valueAsOf(names, event.position)
    if (name === undefined || (model !== undefined && model !== name)) return []
    return [transitionEntity(name, event)]
  })
}
