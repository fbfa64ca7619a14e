import type { StandardSchema } from '../kernel/events/standard-schema.ts'
import * as models from './decide-model.ts'
import * as versions from './decide-version.ts'
import type { Defined } from './defined.ts'
import type { NewRegistryEvent } from './events.ts'
import * as inputs from './inputs.ts'
import type { RegistryTables } from './registry.fold.ts'

/** What a writing call is about. */
export interface Subject {
  readonly model: string
  readonly version?: number | undefined
}

/** A writing call: its arguments before the options, what they may be, and what is decided about them. */
export interface Write<Input extends Subject> {
  readonly args: readonly string[]
  readonly schema: StandardSchema<unknown, Input>
  readonly decide: (tables: RegistryTables, input: Defined<Input>) => readonly NewRegistryEvent[]
}

const write = <Input extends Subject>(
  args: readonly string[],
  schema: Write<Input>['schema'],
  decide: Write<Input>['decide'],
): Write<Input> => ({ args, schema, decide })

const { registerModel, describeModel, renameModel, setModelTag, deleteModelTag } = models
const { setAlias, deleteAlias, setStages, deleteModel } = models
const { transitionVersion, rollBack, describeVersion, setVersionTag } = versions
const { deleteVersionTag, deleteVersion } = versions

/** Those that answer with the model. */
export const modelWrites = {
  register: write(['model'], inputs.registerInput, registerModel),
  describe: write(['model', 'description'], inputs.describeInput, describeModel),
  rename: write(['model', 'name'], inputs.renameInput, renameModel),
  setTag: write(['model', 'key', 'value'], inputs.tagInput, setModelTag),
  deleteTag: write(['model', 'key'], inputs.tagKeyInput, deleteModelTag),
  deleteAlias: write(['model', 'alias'], inputs.aliasInput, deleteAlias),
  setStages: write(['model', 'stages'], inputs.stagesInput, setStages),
  delete: write(['model'], inputs.modelInput, deleteModel),
}

const versionKey = ['model', 'version'] as const

/** Those that answer with the version. */
export const versionWrites = {
  transition: write([...versionKey, 'stage'], inputs.transitionInput, transitionVersion),
  rollback: write(['model'], inputs.rollbackInput, rollBack),
  setAlias: write(['model', 'alias', 'version'], inputs.setAliasInput, setAlias),
  describeVersion: write(
    [...versionKey, 'description'],
    inputs.describeVersionInput,
    describeVersion,
  ),
  setVersionTag: write([...versionKey, 'key', 'value'], inputs.versionTagInput, setVersionTag),
  deleteVersionTag: write([...versionKey, 'key'], inputs.versionTagKeyInput, deleteVersionTag),
  deleteVersion: write(versionKey, inputs.versionInput, deleteVersion),
}
