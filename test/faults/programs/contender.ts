import { mkdirSync, rmdirSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { open } from 'varve'

/**
 * Opens the folder each time a line is read, and says on descriptor 3 what came of it: `held <round>`,
 * `refused <round> <code> <pid> <host>`, or `both <round>` when somebody else held it at the same time.
 * The line says how long to hold it in ms, or `die`: then it ends without closing.
 */
const [, , folder = '', witness = ''] = process.argv

const say = (...words: readonly unknown[]): void => {
  writeSync(3, `${process.pid} ${words.join(' ')}\n`)
}

const hold = async (round: string, how: string): Promise<void> => {
  const varve = await open(folder, { durability: 'os', facts: false })
  try {
    // Making a folder is atomic: whoever finds it there is not alone.
    mkdirSync(witness)
  } catch {
    say('both', round)
    return
  }
  await varve.experiments.create(`${round} of ${process.pid}`)
  say('held', round)
  if (how === 'die') {
    rmdirSync(witness)
    process.kill(process.pid, 'SIGKILL')
  }
  await pause(Number(how))
  rmdirSync(witness)
  await varve.close()
}

const attempt = async (round: string, how: string): Promise<void> => {
  try {
    await hold(round, how)
  } catch (error) {
    const { code, data } = Object.assign({ code: 'none', data: {} }, error)
    const { pid, host } = Object.assign({ pid: '', host: '' }, data)
    say('refused', round, code, pid, host)
  }
  process.stdout.write(`${round}\n`)
}

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [round = '', how = ''] = line.split(' ')
  await attempt(round, how)
}
