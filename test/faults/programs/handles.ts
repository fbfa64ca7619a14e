import { closeSync, openSync, writeSync } from 'node:fs'
import { codeOf, openFilling } from './fill.ts'

/** Opens and uses a store without a file handle left, and again when there are; says the codes as JSON. */
const [, , folder = ''] = process.argv

/** Takes every handle that is left, and gives them back. */
const takeAll = (): (() => void) => {
  const taken: number[] = []
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {
    return () => {
      for (const handle of taken) closeSync(handle)
    }
  }
}

const outcome = (call: Promise<unknown>): Promise<string> => call.then(() => 'done', codeOf)

// Once, so that what is loaded on first use is loaded.
await (await openFilling(folder)).close()
const give = takeAll()
const opening = await outcome(openFilling(folder))
give()
const varve = await openFilling(folder)
const run = await varve.runs.start({ id: 'handles', experiment: 'faults' })
const giveAgain = takeAll()
const event = await outcome(varve.append('ballast:1', 'ballast.laid', {}))
const artifact = await outcome(run.logArtifact('a', 'bytes'))
giveAgain()
const after = await outcome(run.logArtifact('a', 'bytes'))
const verified = await varve.verify()
await run.end()
const closed = await outcome(varve.close())
const facts = { opening, event, artifact, after, ok: verified.ok, closed }
writeSync(1, `${JSON.stringify(facts)}\n`)
