/** A step of a scenario in which a client sees something else than it does of MLflow 3.17.2, on purpose. */
export interface Difference {
  readonly scenario: string
  readonly step: string
  readonly why: string
}

const because = (
  why: string,
  places: Readonly<Record<string, readonly string[]>>,
): readonly Difference[] =>
  Object.entries(places).flatMap(([scenario, steps]) =>
    steps.map((step) => ({ scenario, step, why })),
  )

/** All of them. One that is no longer there fails the tests: the list is what clients have to know. */
export const differences: readonly Difference[] = [
  ...because('the text of an SQL statement is not shown', {
    experiment_life: ['created twice', 'name taken', 'rename to a taken name'],
    registry_models: ['rename to a taken name'],
  }),
  ...because('a step that a double does not hold is refused, rather than rounded', {
    metric_steps: ['beyond a double', 'least'],
  }),
  ...because('an empty file has a size', { artifact_kinds: ['empty file'] }),
  ...because('the path of a file is decoded once; MLflow decodes it again', {
    artifact_names: ['load %2e%2e.txt', 'load per%cent.txt'],
  }),
  ...because('the status of a logged model is compared by its name', {
    model_life: ["where status = 'READY'", "where status != 'READY'"],
  }),
  ...because('infinities are kept', {
    metric_doubles: ['inf', 'minus inf', 'history of inf', 'history of minus inf'],
  }),
  ...because('ILIKE ignores the case of every letter, not of ASCII alone', {
    experiment_search: ["where name ILIKE '%Ü%'"],
    search_filters: ["params.model ILIKE 'ÜNET'"],
  }),
  ...because('a mistake in a request is answered with 400, which the client does not try again', {
    search_orders: ['the same twice'],
    registry_search: ['models by name twice', 'models where tags.t IS NULL'],
    model_life: ["where metrics.auc = 'x'", "where nowhere = 'x'"],
  }),
]
