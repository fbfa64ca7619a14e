import { importMlflow } from '../../interop/index.ts'
import { open } from '../../open.ts'
import type { CommandRun } from '../command.ts'
import { interruption, shownText, tell } from '../io.ts'
import { printFacts } from '../output/print.ts'
import { progressLine } from '../progress.ts'
import { storeFolder } from '../with-store.ts'

export const run: CommandRun = async ({ args: [path = ''], values }) => {
  const signal = interruption()
  const report = progressLine()
  await using varve = await open(storeFolder(values))
  const summary = await importMlflow(varve, path, {
    signal,
    artifacts: !values.negated('artifacts'),
    artifactRoots: values.list('artifact-root'),
    progress: ({ runs, events }) => report(`${runs} runs read, ${events} events recorded`),
  })
  const { read, written, problems, leftOut } = summary
  await printFacts(values, { import: summary }, [
    ['source', summary.source],
    ['events', summary.events],
    ...Object.entries(read).map(
      ([kind, count]) =>
        [kind, `${count} read, ${written[kind as keyof typeof written]} new`] as const,
    ),
  ])
  for (const problem of problems) tell(shownText(`${problem.file}: ${problem.message}`))
  for (const { kind, count } of leftOut) tell(shownText(`not imported: ${count} ${kind}`))
  return undefined
}
