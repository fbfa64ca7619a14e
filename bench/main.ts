import { parseArgs } from 'node:util'
import { groups } from './claims/index.ts'
import type { Setting } from './harness/claim.ts'
import { describeMachine } from './harness/machine.ts'
import { measured, type Result } from './harness/measure.ts'
import { keep, publish } from './harness/publish.ts'
import { jsonLine, machineText, tableOf } from './harness/report.ts'
import { openScratch } from './harness/scratch.ts'

const usage = `npm run bench -- [options] [first letters of claims …]
  --json      one line of JSON for each claim
  --rounds N  how often each side is measured (7; with --quick 1, which does not warm up)
  --quick     a tenth of the input or less: shows that the bench works, and nothing else
  --large     also logs of 10^7 events and a search over 10^6 runs in SQL: many minutes more
  --publish   measures nothing; puts the table of the latest run into docs/explanation/performance.md`

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
})

const wanted = new Set(
  groups
    .flatMap(({ claims }) => claims)
    .filter(({ large }) => options.large || large !== true)
    .map(({ name }) => name)
    .filter(
      (name) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
    ),
)

const say = (text: string): void => console.error(`· ${text}`)

const measureAll = async (setting: Setting, rounds: number): Promise<Result[]> => {
  const results: Result[] = []
  for (const group of groups) {
    if (!group.claims.some(({ name }) => wanted.has(name))) continue
    await group.each(setting, wanted, async (ready) => {
      const result = await measured(ready, rounds)
      say(jsonLine(result))
      if (options.json) console.log(jsonLine(result))
      results.push(result)
    })
  }
  return results
}

const run = async (): Promise<void> => {
  const scratch = openScratch()
  const machine = await describeMachine(scratch.root)
  const { quick, large } = options
  const rounds = Math.max(1, Number(options.rounds ?? (quick ? 1 : 7)))
  const results = await measureAll({ scratch, quick, large, say }, rounds)
  const report = { measuredAt: new Date().toISOString(), quick, machine, results }
  if (!options.json) console.log(`${machineText(report)}\n\n${tableOf(results)}`)
  say(`kept in ${keep(report)}`)
}

if (options.help) console.log(usage)
else if (options.publish) say(`wrote ${publish()}`)
else if (wanted.size === 0) throw new Error(`No claim starts with ${positionals.join(' or ')}.`)
else await run()
