import { open } from 'varve'

/** What a person, or a program, may call a store or a param. */
export const hostileNames = [
  '__proto__',
  'constructor',
  '-leading dash',
  '../..//etc/passwd',
  'a/log',
  'nul\0inside\0',
  'e\u0301\u0327 👩🏽‍🚀',
  '𝒳'.repeat(250),
  'שלום ‏עולם‎',
  'first\nsecond\ttab',
  'half \ud800 of a pair',
] as const

/** Opens a store of that name, uses the name for everything within, and tells what came back. */
export const useName = async (name: string) => {
  // A log keeps whole characters alone; the name of a database may be any text.
  const inside = /\p{Surrogate}/u.test(name) ? 'whole' : name
  const varve = await open(name)
  try {
    const run = await varve.runs.start({ experiment: inside, params: [[inside, inside]] })
    await run.logMetric(inside, 1, { step: 1 })
    await run.end()
    const { experiment, params, metrics } = await varve.runs.get(run.id)
    const { folder } = await varve.log.info()
    const kept = Object.hasOwn(params, inside) && Object.hasOwn(metrics, inside)
    return { folder, experiment, kept, ok: (await varve.verify()).ok }
  } finally {
    await varve.close()
  }
}
