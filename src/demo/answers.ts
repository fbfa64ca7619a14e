import type { CurrentVersion, RunRecord, Transition, Why } from '../index.ts'
import { chapter, four, model, type Stage, time } from './stage.ts'
import { bestRuns } from './story.ts'
import { facts, table } from './table.ts'

/** The runs side by side, best first. */
export const comparisonChapter = async (stage: Stage): Promise<void> => {
  const shown = 8
  chapter(stage, `5  The ${shown} best runs, sorted by validation AUC`)
  const columns = ['hidden', 'lr', 'l2', 'val_auc', 'val_loss', 'accuracy', 'f1']
  const titles = columns.map((title) => ({ title, align: 'right' }) as const)
  const rows = (await bestRuns(stage.varve, shown)).map(comparisonRow)
  stage.print(table([{ title: 'features' }, ...titles], rows))
}

const comparisonRow = ({ params, metrics }: RunRecord): string[] => [
  params['features'] ?? '',
  params['hidden'] ?? '',
  params['learning_rate'] ?? '',
  params['l2'] ?? '',
  four(metrics['val_auc']?.last),
  four(metrics['val_loss']?.last),
  four(metrics['val_accuracy']?.last),
  four(metrics['val_f1']?.last),
]

/** What is in production, since when, and why. */
export const nowChapter = async (stage: Stage): Promise<void> => {
  chapter(stage, `6  What of ${model} is in Production now?`)
  const current = await stage.varve.registry.current(model, 'Production')
  stage.print(current === undefined ? 'nothing' : currentFacts(current))
}

const currentFacts = (current: CurrentVersion): string =>
  facts([
    ['version', `${current.version}`],
    ['since', time(current.since)],
    ['by', current.by],
    ['why', current.comment ?? ''],
    ['run', current.run ?? ''],
    ['bytes', current.digest ?? ''],
  ])

/** The same questions, asked of earlier moments. */
export const thenChapter = async (stage: Stage): Promise<void> => {
  chapter(stage, '7  And what was there at earlier moments?')
  stage.print(await importedYears(stage))
  stage.print()
  stage.print(await betweenMoves(stage))
}

/** Dates of the imported store, years before this demo ran. */
const importedYears = async ({ varve }: Stage): Promise<string> => {
  const dates = ['2023-05-26', '2023-05-27', '2023-05-29', '2023-05-30', 'now']
  const models = ['model', 'linearRegressionModel']
  const rows = dates.map(async (date) => {
    const then = varve.asOf(date)
    const versions = models.map(async (name) => {
      const current = await then.registry.current(name, 'Staging')
      return current === undefined ? '-' : `version ${current.version}`
    })
    const { rows: runs } = await then.runs.search({ lifecycle: 'all', limit: 1000 })
    return [date, ...(await Promise.all(versions)), `${runs.length}`]
  })
  const titles = ['as of', ...models.map((name) => `${name} in Staging`)].map((title) => ({
    title,
  }))
  return table([...titles, { title: 'runs', align: 'right' }], await Promise.all(rows))
}

/** The moves of this demo: each asked about as of the position at which it was recorded. */
const betweenMoves = async ({ varve }: Stage): Promise<string> => {
  const moves = (await varve.registry.history(model)).filter(({ to }) => to === 'Production')
  const rows = moves.map(async ({ position }) => {
    const then = varve.asOf(position)
    const current = await then.registry.current(model, 'Production')
    const [best] = await bestRuns(then, 1)
    const { recordedAt } = await then.moment()
    const version = current === undefined ? '-' : `version ${current.version}`
    const auc = four(best?.metrics['val_auc']?.last)
    return [`${position}`, time(recordedAt), version, current?.by ?? '', auc]
  })
  return table(
    [
      { title: 'as of position', align: 'right' },
      { title: 'recorded (UTC)' },
      { title: `${model} in Production` },
      { title: 'by' },
      { title: 'best AUC then', align: 'right' },
    ],
    await Promise.all(rows),
  )
}

/** Why the version was there that is there no more, and what was different about it. */
export const whyChapter = async (stage: Stage): Promise<void> => {
  const { varve, print } = stage
  chapter(stage, '8  Why was version 2 in Production for a while?')
  const moves = await varve.registry.history(model)
  const move = moves.find(({ version, to }) => version === 2 && to === 'Production')
  if (move === undefined) throw new Error(`Version 2 of ${model} was never in Production.`)
  const why = await varve.why(`models:/${model}/Production`, { at: move.position })
  print(`${move.by} put it there: ${why.transition?.comment ?? ''}`)
  print(`It replaced version ${why.replaced}. What differs between the runs behind the two:`)
  print()
  print(differences(why))
}

const differences = ({ version, replaced, runs }: Why): string => {
  const params = (runs?.params ?? []).map(({ key, before, after }) => [
    `param ${key}`,
    before ?? '-',
    after ?? '-',
  ])
  const metrics = (runs?.metrics ?? []).map(({ key, before, after }) => [
    `metric ${key}`,
    four(before?.last),
    four(after?.last),
  ])
  const titles = [`version ${replaced}`, `version ${version}`]
  const columns = titles.map((title) => ({ title, align: 'right' }) as const)
  return table([{ title: '' }, ...columns], [...params, ...metrics])
}

/** Who moved what when, from where to where, and why. */
export const auditChapter = async (stage: Stage): Promise<void> => {
  const { varve, print } = stage
  chapter(stage, `9  The audit trail of ${model}`)
  for (const move of await varve.registry.history(model)) print(moveText(move))
}

const moveText = ({ version, from, to, at, by, comment, cause }: Transition): string => {
  const move = `${time(at)}  version ${version}  ${from} → ${to}`
  const reason = comment ?? (cause === 'archived' ? 'another version took its stage' : '')
  const how = cause === 'rollback' ? '  (rollback)' : ''
  return `${move}  by ${by}${how}${reason === '' ? '' : `\n    ${reason}`}`
}

/** Whether all of that can be believed. */
export const verifyChapter = async (stage: Stage): Promise<boolean> => {
  const { varve, print } = stage
  chapter(stage, '10  Is the record intact?')
  const { ok, events, commits, artifacts, head, checked, broken } = await varve.verify()
  print(
    facts([
      ['verify()', ok ? 'ok' : 'BROKEN'],
      ['checked', checked.join(', ')],
      ['events', `${events} in ${commits} commits`],
      ['artifacts', `${artifacts}`],
      ['head', `position ${head.position}, ${head.hash}`],
      ...broken.map((fault) => ['broken', JSON.stringify(fault)] as const),
    ]),
  )
  return ok
}
