import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { machineText, type Report, tableOf } from './report.ts'

const latest = resolve('dist-bench', 'results', 'latest.json')
const page = resolve('docs', 'explanation', 'performance.md')
const begin = '<!-- bench: begin -->'
const end = '<!-- bench: end -->'

/** Keeps a report where `publish` finds it. */
export const keep = (report: Report): string => {
  mkdirSync(dirname(latest), { recursive: true })
  writeFileSync(latest, `${JSON.stringify(report, undefined, 2)}\n`)
  return latest
}

const blockOf = (report: Report): string =>
  [
    begin,
    `Measured on ${report.measuredAt.slice(0, 10)}: ${machineText(report)}`,
    '',
    tableOf(report.results),
    end,
  ].join('\n')

/** Puts the table of the latest report into the documentation. Gives the page's path. */
export const publish = (): string => {
  // `as`: the file is written by `keep` alone.
  const report = JSON.parse(readFileSync(latest, 'utf8')) as Report
  if (report.quick) throw new Error('The latest run was a quick one. Run the bench in full first.')
  const text = readFileSync(page, 'utf8')
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) {
    throw new Error(`${page} has no place for the table, between ${begin} and ${end}.`)
  }
  writeFileSync(page, `${before}${blockOf(report)}${after}`)
  return page
}
