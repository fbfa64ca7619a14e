import { internalsOf } from '../create-varve.ts'
import type { WriteOptions } from '../kernel/engine.ts'
import { loggedModelById, loggedModelsProjection } from '../logged-models/index.ts'
import { experimentsProjection, runsProjection, trackingDecider } from '../tracking/index.ts'
import type { Varve } from '../varve.ts'
import type { Identity } from './create-handler.ts'
import type { Call, Settings } from './mlflow/endpoint.ts'
import { ensureDefaultExperiment } from './mlflow/experiments/endpoints.ts'

export interface CallParts {
  readonly varve: Varve
  readonly settings: Settings
  readonly identify: (request: Request) => Identity | Promise<Identity>
  /** Nothing is written, the default experiment neither. */
  readonly readOnly: boolean
}

/** Makes the call of each request about the present. */
export const liveCalls = ({
  varve,
  settings,
  identify,
  readOnly,
}: CallParts): ((request: Request, path: Call['path']) => Promise<Call>) => {
  const { writer, engine } = internalsOf(varve)
  const tracking: Call['tracking'] = () => ({
    experiments: engine.state(experimentsProjection),
    runs: engine.state(runsProjection),
    loggedModel: (id) => loggedModelById(engine.state(loggedModelsProjection), id)?.lifecycle,
  })
  const decider = trackingDecider(tracking)
  const callAs = ({ actor }: Identity, path: Call['path']): Call => {
    const options: WriteOptions | undefined = actor === undefined ? undefined : { actor }
    const { registry, loggedModels } = varve
    return {
      view: varve,
      settings,
      path,
      tracking,
      writable: () => ({ registry, loggedModels, as: options ?? {} }),
      write: (rule) =>
        writer.execute({ decider, decide: rule, ...(options === undefined ? {} : { options }) }),
    }
  }
  let ready: Promise<void> | undefined = readOnly ? Promise.resolve() : undefined
  return async (request, path) => {
    const identity = await identify(request)
    ready ??= ensureDefaultExperiment(callAs({}, {})).catch((error: unknown) => {
      ready = undefined
      throw error
    })
    await ready
    return callAs(identity, path)
  }
}
