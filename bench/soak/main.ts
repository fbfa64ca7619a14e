import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { diceOf } from './dice.ts'
import { Ledger } from './ledger.ts'
import { notesByLife, openSoaked, type Soaked } from './store.ts'

const options = { minutes: { type: 'string' }, seed: { type: 'string' } } as const
const { values } = parseArgs({ options })
const minutes = Number(values.minutes ?? 10)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
if (!(minutes > 0) || !Number.isInteger(seed)) {
  throw new Error('Give --minutes a number above 0, and --seed a whole number.')
}

const sayEvery = 10_000
const root = await mkdtemp(join(tmpdir(), 'varve-soak-'))
const store = join(root, 'store')
const acks = join(root, 'acks')
const roll = diceOf(seed)
const ledger = new Ledger()
const counted = { lives: 0, killed: 0, acknowledged: 0, resumed: 0 }
const began = Date.now()

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const figures = (more: Readonly<Record<string, number>> = {}): string => {
  const { next: events, points } = ledger
  return Object.entries({ ...counted, events, points, ...more })
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

const telling = setInterval(() => {
  print(`soak ${Math.round((Date.now() - began) / 1000)} s: ${figures()}`)
}, sayEvery)

/** Lets the store live in a process of its own for a while, which is then killed, or told to end. */
const live = async (isKilled: boolean): Promise<void> => {
  const program = fileURLToPath(new URL('life.js', import.meta.url))
  const file = openSync(acks, 'a')
  const args = [program, store, String(roll(1_000_000)), String(counted.lives)]
  const life = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe', file] })
  closeSync(file)
  let complaint = ''
  life.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const ended = once(life, 'close')
  const ready = life.stdout === null ? ended : once(life.stdout, 'data')
  // A life may also be killed while it opens the store.
  if (!isKilled || roll(8) > 0) await Promise.race([ready, ended])
  await Promise.race([pause(200 + roll(Math.min(10_000, minutes * 15_000))), ended])
  assert.equal(life.exitCode, null, `a life ended by itself: ${complaint}`)
  if (isKilled) life.kill('SIGKILL')
  else life.stdin?.end()
  await ended
  const how = isKilled ? { code: null, signal: 'SIGKILL' } : { code: 0, signal: null }
  const { exitCode: code, signalCode: signal } = life
  assert.deepEqual({ code, signal, complaint }, { ...how, complaint: '' })
  counted.lives += 1
  counted.killed += isKilled ? 1 : 0
}

/** What the durable subscription said last: up to where it was done, and what it was about to store. */
const cursor = { done: -1, doing: -1 }

/** It goes on after what was done, and leaves nothing out that was not. */
const followCursor = (lines: readonly string[]): void => {
  for (const [word, position] of lines.map((line) => line.split(' '))) {
    const at = Number(position)
    if (word === 'doing') cursor.doing = at
    if (word === 'done') cursor.done = at
    if (word !== 'from') continue
    const { done, doing } = cursor
    assert.ok(at === done + 1 || at === doing + 1, `${at} comes after ${done} or ${doing}`)
    counted.resumed += 1
  }
}

let read = 0
const readAcks = (): readonly string[] => {
  const lines = readFileSync(acks, 'utf8').slice(read).split('\n').slice(0, -1)
  read += lines.reduce((length, line) => length + line.length + 1, 0)
  return lines
}

/** Everything acknowledged is there, in its place, and the read models answer for it. */
const examine = async (): Promise<void> => {
  await using varve = await openSoaked(store)
  await ledger.read(varve)
  const lines = readAcks()
  const acknowledged = lines.filter((line) => /^(?:note|point|batch|move) /.test(line))
  ledger.reconcile(acknowledged)
  followCursor(lines)
  counted.acknowledged += acknowledged.length
  const { state } = await varve.project(notesByLife)
  assert.deepEqual(state, ledger.notesByLife)
}

/** The whole log is sound, and every read model is what a fresh fold of it gives. */
const prove = async (varve: Soaked): Promise<void> => {
  await varve.project(notesByLife)
  await ledger.compare(varve)
  const { ok, events, checked, broken } = await varve.verify()
  assert.deepEqual({ ok, broken, events }, { ok: true, broken: [], events: ledger.next })
  const { position } = await varve.moment()
  const { rows } = await varve.runs.search({ limit: 1000 })
  assert.deepEqual((await varve.asOf(position).runs.search({ limit: 1000 })).rows, rows)
  print(`soak held: ${figures({ seed })}`)
  print(`verified: ${checked.join(', ')}`)
}

const soak = async (): Promise<void> => {
  const end = began + minutes * 60_000
  while (Date.now() < end) {
    await live(roll(2) === 0)
    await examine()
  }
  await using varve = await openSoaked(store)
  await prove(varve)
}

print(`soak: ${minutes} minutes, seed ${seed}, store ${store}`)
try {
  await soak()
  await rm(root, { recursive: true, force: true })
} catch (error) {
  print(`soak FAILED: ${figures({ seed })}; the store is left in ${store}`)
  print(error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.exitCode = 1
} finally {
  clearInterval(telling)
}
