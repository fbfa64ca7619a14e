import { aboutEndpoints } from './about/endpoints.ts'
import type { Endpoint } from './endpoint.ts'
import { experimentEndpoints } from './experiments/endpoints.ts'
import { loggedModelEndpoints } from './logged-models/endpoints.ts'
import { metricEndpoints } from './metrics/endpoints.ts'
import { modelVersionEndpoints } from './model-versions/endpoints.ts'
import { registeredModelEndpoints } from './registered-models/endpoints.ts'
import { runEndpoints } from './runs/endpoints.ts'

/** The parts of MLflow's REST API that are served: each is a folder of its own, and a line here. */
export type Group =
  | 'about'
  | 'experiments'
  | 'runs'
  | 'metrics'
  | 'logged-models'
  | 'registered-models'
  | 'model-versions'

export const groups: Readonly<Record<Group, readonly Endpoint[]>> = {
  about: aboutEndpoints,
  experiments: experimentEndpoints,
  runs: runEndpoints,
  metrics: metricEndpoints,
  'logged-models': loggedModelEndpoints,
  'registered-models': registeredModelEndpoints,
  'model-versions': modelVersionEndpoints,
}
