import type { TransitionOptions } from '../../registry/index.ts'
import type { CommandRun } from '../command.ts'
import { printFacts } from '../output/print.ts'
import { type Values, versionOf } from '../values.ts'
import { withStore } from '../with-store.ts'

/** Who does it and why, as it was typed. */
export const wordsOf = (values: Values): { readonly comment?: string; readonly actor?: string } => {
  const comment = values.text('comment')
  const actor = values.text('actor')
  return {
    ...(comment === undefined ? {} : { comment }),
    ...(actor === undefined ? {} : { actor }),
  }
}

const optionsOf = (values: Values): TransitionOptions => {
  const expect = values.text('expect')
  return {
    ...wordsOf(values),
    archiveExisting: !values.flag('keep'),
    ...(expect === undefined ? {} : { expect: expect === 'none' ? null : versionOf(expect) }),
  }
}

export const run: CommandRun = async ({ args: [name = '', number = '', stage = ''], values }) => {
  const version = versionOf(number)
  const options = optionsOf(values)
  const moved = await withStore(values, ({ registry }) =>
    registry.transition(name, version, stage, options),
  )
  await printFacts(values, { version: moved }, [
    ['model', moved.model],
    ['version', moved.version],
    ['stage', moved.stage],
    ['position', moved.changedAt],
  ])
  return undefined
}
