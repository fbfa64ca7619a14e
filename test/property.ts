/** How often a law is tried: `PROPERTY_RUNS` is for laws that cost little; dear ones take a share of it. */
const runs = Number(process.env['PROPERTY_RUNS'] ?? 100)
const seed = process.env['PROPERTY_SEED']

/** Parameters for `fc.assert`. @param cost - A law of cost 10 is tried a tenth as often. */
export const law = (cost = 1): { readonly numRuns: number; readonly seed?: number } => ({
  numRuns: Math.max(1, Math.round(runs / cost)),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
})
