import { env } from 'node:process'

const rounds = Number(env['FAULT_ROUNDS'] ?? 200)
if (!Number.isFinite(rounds) || rounds <= 0) throw new Error('FAULT_ROUNDS is a number above 0.')

/** What the faults are drawn from; printed, so that a run can be repeated. */
const seed = Number(env['FAULT_SEED'] ?? Date.now() % 1_000_000)

/** A number of tries: as stated where `FAULT_ROUNDS` is 200, and in proportion to it elsewhere. */
export const tries = (atDefault: number): number =>
  Math.max(1, Math.round((atDefault * rounds) / 200))

/** Draws whole numbers below a bound, the same ones for the same name and seed (mulberry32). */
export const dice = (name: string): ((below: number) => number) => {
  let state = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) | 0, seed)
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** Prints what a fault came to: one line of figures. */
export const report = (fault: string, figures: Readonly<Record<string, number | string>>): void => {
  const facts = Object.entries({ ...figures, seed }).map(([name, value]) => `${name} ${value}`)
  process.stdout.write(`${fault}: ${facts.join(', ')}\n`)
}
