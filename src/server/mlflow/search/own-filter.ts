import { fieldText, filterText } from '../../../tracking/index.ts'
import { invalid } from '../errors.ts'

type OwnFilter = Parameters<typeof filterText>[0]

/** Where a part of a filter stood; what is translated stands nowhere. */
export const span = { start: 0, end: 0 } as const

/** Quotes have no escape: not every text can be written in them. */
const written = (write: () => string): string => {
  try {
    return write()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw invalid('A text in a filter or an order cannot hold both kinds of quotes.')
  }
}

/** Conditions all of which must hold, in varve's own grammar. @throws `INVALID_PARAMETER_VALUE` */
export const allOf = (terms: readonly OwnFilter[]): string =>
  written(() => filterText({ kind: 'and', terms, span }))

/** A metric, in varve's own grammar. @throws `INVALID_PARAMETER_VALUE` */
export const metricText = (key: string): string =>
  written(() => fieldText({ kind: 'metric', key, aggregate: 'last' }))

/** MLflow's comparators of texts, as varve calls them. */
export const textOperators: ReadonlyMap<string, '=' | '!=' | 'like' | 'ilike'> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['LIKE', 'like'],
  ['ILIKE', 'ilike'],
])
