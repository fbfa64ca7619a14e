import { writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { diceOf } from './dice.ts'
import { openWithModels } from './store.ts'
import { subscribers } from './subscribers.ts'
import { readers, writers } from './work.ts'

/**
 * One life of the store: writers, readers and subscribers at once, closed and opened again once in a while,
 * until it is killed or told to end. It says on descriptor 3 what was acknowledged; what is wrong ends it.
 */
const [, , folder = '', seed = '', life = ''] = process.argv

const roll = diceOf(Number(seed))
const say = (line: string): void => {
  writeSync(3, `${line}\n`)
}

const told = new AbortController()
process.stdin.once('end', () => told.abort()).resume()

for (let session = 0; !told.signal.aborted; session++) {
  const varve = await openWithModels(folder)
  const over = new AbortController()
  const stop = AbortSignal.any([over.signal, told.signal])
  const place = { varve, roll, say, stop, life: Number(life), session }
  const work = [...writers(place), ...readers(place), ...subscribers(place)]
  if (session === 0) process.stdout.write('ready\n')
  const length = 500 + roll(3000)
  // A worker that finds something wrong rejects, and nobody catches that: the process ends with its words.
  await Promise.race([pause(length, undefined, { signal: stop }).catch(() => undefined), ...work])
  over.abort()
  await Promise.all(work)
  await varve.close()
}
