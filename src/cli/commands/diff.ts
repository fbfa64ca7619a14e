import type { EntityDiff, FieldDiff, ResponsibleEvent } from '../../audit/index.ts'
import type { CommandRun } from '../command.ts'
import { cliError } from '../errors.ts'
import { printJson, printList } from '../output/print.ts'
import { whenOf } from '../values.ts'
import { withStore } from '../with-store.ts'

interface Row {
  readonly entity: EntityDiff
  readonly field?: FieldDiff
  readonly last: ResponsibleEvent | undefined
}

const rowsOf = (entity: EntityDiff): readonly Row[] => {
  const last = entity.events.at(-1)
  if (entity.fields.length === 0) return [{ entity, last }]
  return entity.fields.map((field) => ({ entity, field, last }))
}

const text = (value: FieldDiff['before'] | undefined): string | number | undefined => {
  if (value === null || value === undefined) return undefined
  return typeof value === 'string' || typeof value === 'number' ? value : value.join(', ')
}

export const run: CommandRun = async ({ values }) => {
  const from = values.text('from')
  if (from === undefined)
    throw cliError('USAGE', 'Since when? Say it with --from, such as --from now-7d.')
  const to = values.text('to') ?? 'now'
  const diff = await withStore(values, (varve) => varve.diff(whenOf(from), whenOf(to)))
  const differs = diff.entities.length > 0
  if (values.flag('json') || values.text('format') === 'json') await printJson({ diff })
  else
    await printList(values, {
      name: 'changes',
      items: diff.entities.flatMap(rowsOf),
      columns: [
        ['kind', ({ entity }) => entity.kind],
        ['name', ({ entity }) => entity.name],
        ['change', ({ entity }) => entity.change],
        ['field', ({ field }) => field?.field],
        ['before', ({ field }) => text(field?.before)],
        ['after', ({ field }) => text(field?.after)],
        ['by', ({ last }) => last?.actor],
        ['position', ({ last }) => last?.position],
        ['comment', ({ last }) => last?.comment],
      ],
      id: ({ entity }) => entity.id,
    })
  return differs && values.flag('exit-code') ? 1 : undefined
}
