import { kernelError } from '../../kernel/errors.ts'
import type { Varve } from '../../varve.ts'
import type { Call, Settings } from '../mlflow/endpoint.ts'

/** A moment as a path says it: a position is a number, anything else is left to be understood. */
const whenOf = (moment: string): number | string =>
  /^\d{1,15}$/.test(moment) ? Number(moment) : moment

const readOnly = (moment: string): Error =>
  kernelError(
    'READ_ONLY',
    `The past cannot be changed: this address shows the store as of ${moment}. Take /as-of/${moment} out of the tracking URI to write.`,
    { data: { moment } },
  )

/** Makes the call of each request below `/as-of/<moment>`: it reads that moment, and writes nothing. */
export const pastCalls =
  (varve: Varve, settings: Settings) =>
  async (_request: Request, path: Call['path']): Promise<Call> => {
    const moment = path['moment'] ?? ''
    const refuse = (): never => {
      throw readOnly(moment)
    }
    const call = {
      view: varve.asOf(whenOf(moment)),
      settings,
      path,
      tracking: refuse,
      writable: refuse,
      write: async () => refuse(),
    }
    return call
  }
