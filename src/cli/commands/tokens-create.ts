import { type Scope, scopes, tokensOf } from '../../server/index.ts'
import type { CommandRun } from '../command.ts'
import { cliError } from '../errors.ts'
import { printLine, tell } from '../io.ts'
import { printJson, timeText } from '../output/print.ts'
import type { Values } from '../values.ts'
import { existingStore } from '../with-store.ts'

const units: ReadonlyMap<string, number> = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
])

/** @throws `USAGE` */
const expiryOf = (values: Values): number | undefined => {
  const text = values.text('expires-in')
  if (text === undefined) return undefined
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const length = units.get(unit)
  if (length !== undefined) return Date.now() + Number(count) * length
  throw cliError(
    'USAGE',
    `--expires-in is "${text}". Give a number with m, h, d or w, such as 30d.`,
  )
}

const isScope = (text: string): text is Scope => scopes.some((scope) => scope === text)

/** @throws `USAGE` */
const scopesOf = (values: Values): readonly Scope[] => {
  const given = values.list('scope')
  const strange = given.find((scope) => !isScope(scope))
  if (strange !== undefined)
    throw cliError('USAGE', `"${strange}" is no scope. There are ${scopes.join(', ')}.`)
  const known = given.filter(isScope)
  return known.length === 0 ? ['write'] : known
}

export const run: CommandRun = async ({ values }) => {
  const actor = values.text('actor')
  if (actor === undefined)
    throw cliError('USAGE', 'A token speaks for somebody. Say for whom with --actor.')
  const expiresAt = expiryOf(values)
  const given = {
    actor,
    scopes: scopesOf(values),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
  const token = await tokensOf(await existingStore(values)).create(given)
  if (values.flag('json')) await printJson({ token })
  else await printLine(token.secret)
  const until = timeText(token.expiresAt)
  tell(
    `${token.actor} may ${token.scopes.join(' and ')}${until === undefined ? '' : ` until ${until}`}. Hand it on as MLFLOW_TRACKING_TOKEN; take it back with: varve tokens revoke ${token.id}`,
  )
  return undefined
}
