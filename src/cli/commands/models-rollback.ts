import type { CommandRun } from '../command.ts'
import { printFacts } from '../output/print.ts'
import { versionOf } from '../values.ts'
import { withStore } from '../with-store.ts'
import { wordsOf } from './models-promote.ts'

export const run: CommandRun = async ({ args: [name = ''], values }) => {
  const to = values.text('to')
  const options = {
    ...wordsOf(values),
    stage: values.text('stage') ?? 'Production',
    ...(to === undefined ? {} : { to: versionOf(to) }),
  }
  const holder = await withStore(values, ({ registry }) => registry.rollback(name, options))
  await printFacts(values, { version: holder }, [
    ['model', holder.model],
    ['version', holder.version],
    ['stage', holder.stage],
    ['position', holder.changedAt],
  ])
  return undefined
}
