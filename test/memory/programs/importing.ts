import { open } from 'varve'
import { importMlflow } from 'varve/interop'

/** Imports an `mlruns` folder. */
const [, , folder = '', source = ''] = process.argv

const varve = await open(folder, { durability: 'os', facts: false })
const { written } = await importMlflow(varve, source)
await varve.close()
process.stdout.write(`points ${written.metrics}, runs ${written.runs}\n`)
