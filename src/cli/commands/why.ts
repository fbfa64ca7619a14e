import type { Why } from '../../audit/index.ts'
import type { CommandRun } from '../command.ts'
import { printFacts, timeText } from '../output/print.ts'
import type { Cell } from '../output/tables.ts'
import { whenOf } from '../values.ts'
import { withStore } from '../with-store.ts'

type Fact = readonly [name: string, value: Cell]

const changeText = (before: string | number | null | undefined, after: typeof before): string =>
  `${before ?? 'nothing'} -> ${after ?? 'nothing'}`

const differences = ({ runs }: Why): readonly Fact[] => [
  ...(runs?.params ?? []).map(
    ({ key, before, after }): Fact => [`params.${key}`, changeText(before, after)],
  ),
  ...(runs?.metrics ?? []).map(
    ({ key, before, after }): Fact => [`metrics.${key}`, changeText(before?.last, after?.last)],
  ),
  ...(runs?.data ?? []).map(
    ({ key, before, after }): Fact => [`data.${key}`, changeText(before?.digest, after?.digest)],
  ),
  ...(runs?.code ?? []).map(
    ({ key, before, after }): Fact => [`code.${key}`, changeText(before, after)],
  ),
]

const factsOf = (why: Why): readonly Fact[] => {
  const { model, version, moment, transition, replaced } = why
  return [
    ['model', model],
    ['version', version],
    ['as of', `position ${moment.position}, ${timeText(moment.recordedAt)}`],
    ['moved', timeText(transition?.at) ?? 'stands where it was created'],
    ['by', transition?.by],
    ['why', transition?.comment],
    ['claimed by', transition?.claimed],
    ['replaced', replaced],
    ...differences(why),
  ]
}

export const run: CommandRun = async ({ args: [uri = ''], values }) => {
  const at = whenOf(values.text('as-of') ?? 'now')
  const why = await withStore(values, (varve) => varve.why(uri, { at }))
  await printFacts(values, { why }, factsOf(why))
  return undefined
}
