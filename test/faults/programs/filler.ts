import { writeSync } from 'node:fs'
import { codeOf, fill, openFilling } from './fill.ts'

/** Fills the store until its disk refuses, and says on descriptor 3 what came of it, as one line of JSON. */
const [, , folder = ''] = process.argv

const varve = await openFilling(folder)
const filled = await fill(varve)
const closed = await varve.close().then(() => 'closed', codeOf)
// The limit holds for this file too, so the positions are said as their number.
const { acknowledged, ...rest } = filled
const facts = { ...rest, acknowledged: acknowledged.length, last: acknowledged.at(-1), closed }
writeSync(1, `${JSON.stringify(facts)}\n`)
