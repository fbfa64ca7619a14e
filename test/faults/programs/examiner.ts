import { createInterface } from 'node:readline'
import { examineStore } from './answers.ts'

/** Examines the store in each folder that is named on a line, and says on a line what came of it. */
for await (const folder of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await examineStore(folder))}\n`)
}
