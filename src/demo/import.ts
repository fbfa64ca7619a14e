import type { ImportCounts, ImportSummary, SourceProblem } from '../interop/index.ts'
import { importMlflow } from '../interop/index.ts'
import { fixture } from './folder.ts'
import { chapter, type Stage } from './stage.ts'
import { facts, table } from './table.ts'

const source = 'mlflow-house-price/mlruns'

/** A published MLflow store becomes the beginning of the log, at its original times. */
export const importChapter = async (stage: Stage): Promise<void> => {
  const { varve, print, signal } = stage
  chapter(stage, '1  Import a published MLflow store')
  const summary = await importMlflow(varve, fixture(source), { signal })
  print(
    facts([
      ['source', `test/fixtures/${source}`],
      ['digest', summary.digest],
      ['times', timesText[summary.times]],
      ['refused', `${summary.refused}`],
    ]),
  )
  for (const problem of summary.problems) print(`  ${problemText(problem)}`)
  print()
  print(countsTable(summary))
  const again = await importMlflow(varve, fixture(source), { signal })
  print()
  print(`imported once more: ${again.events} new events`)
}

const timesText: Readonly<Record<ImportSummary['times'], string>> = {
  claimed: 'its own, marked as claimed by the source',
  recorded: 'of the import, beside its own',
  nothing: 'nothing was new',
}

const problemText = ({ file, line, message }: SourceProblem): string =>
  `${file}${line === undefined ? '' : `:${line}`}: ${message}`

const countsTable = ({ read, written }: ImportSummary): string => {
  // `as` because Object.keys forgets that the keys are literals.
  const kinds = (Object.keys(read) as (keyof ImportCounts)[]).filter((kind) => read[kind] > 0)
  const titles = ['read', 'written'].map((title) => ({ title, align: 'right' }) as const)
  return table(
    [{ title: '' }, ...titles],
    kinds.map((kind) => [kind, `${read[kind]}`, `${written[kind]}`]),
  )
}
