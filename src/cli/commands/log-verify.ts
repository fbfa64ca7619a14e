import type { CommandRun } from '../command.ts'
import { cliError } from '../errors.ts'
import { tell } from '../io.ts'
import { printFacts } from '../output/print.ts'
import { withStore } from '../with-store.ts'

export const run: CommandRun = async ({ values }) => {
  const found = await withStore(values, (varve) => varve.verify())
  await printFacts(values, { verification: found }, [
    ['intact', found.ok ? 'yes' : 'no'],
    ['events', found.events],
    ['commits', found.commits],
    ['artifacts', found.artifacts],
    ['erased', found.erased],
    ['head', `${found.head.hash} at position ${found.head.position}`],
    ['checked', found.checked.join(', ')],
  ])
  if (found.ok) return undefined
  for (const { check, message } of found.broken) tell(`${check}: ${message}`)
  throw cliError('NOT_INTACT', `The store is not intact: ${found.broken.length} findings.`)
}
