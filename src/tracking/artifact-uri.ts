/**
 * Where the artifacts of a run are, as MLflow's clients are told: what the run says itself, else a folder
 * below its experiment's; a query stays at the end. `undefined` where neither says.
 */
export const artifactUriOf = (
  own: string | undefined,
  { experiment, run }: { readonly experiment: string | undefined; readonly run: string },
): string | undefined => own ?? (experiment === undefined ? undefined : below(experiment, run))

const below = (location: string, run: string): string => {
  const mark = location.indexOf('?')
  const path = mark < 0 ? location : location.slice(0, mark)
  const query = mark < 0 ? '' : location.slice(mark)
  return `${path.replace(/\/+$/, '')}/${run}/artifacts${query}`
}
