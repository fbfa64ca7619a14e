import type { CommandRun } from '../command.ts'
import { cliError } from '../errors.ts'
import { printLine } from '../io.ts'
import { printFacts, timeText } from '../output/print.ts'
import { withView } from '../with-store.ts'

export const run: CommandRun = async ({ args: [name = ''], values }) => {
  const alias = values.text('alias')
  if (alias !== undefined && values.has('stage'))
    throw cliError('USAGE', 'Both --stage and --alias are given. Ask for one of them.')
  const place = alias === undefined ? (values.text('stage') ?? 'Production') : `@${alias}`
  const current = await withView(values, async ({ registry }) => {
    await registry.get(name)
    return await registry.current(name, place)
  })
  if (current === undefined)
    throw cliError('NO_CURRENT_VERSION', `No version of ${name} holds ${place}.`, {
      data: { model: name, place },
    })
  if (values.flag('quiet')) {
    await printLine(String(current.version))
    return undefined
  }
  await printFacts(values, { current }, [
    ['model', current.model],
    ['version', current.version],
    ['stage', current.stage],
    ['alias', current.alias],
    ['since', timeText(current.since)],
    ['by', current.by],
    ['why', current.comment],
    ['run', current.run],
    ['source', current.source],
    ['digest', current.digest],
    ['position', current.position],
  ])
  return undefined
}
