import { filterText } from '../../../tracking/index.ts'
import { invalid } from '../errors.ts'

type OwnFilter = Parameters<typeof filterText>[0]

/** Where a part of a filter stood; what is translated stands nowhere. */
export const span = { start: 0, end: 0 } as const

/** Conditions all of which must hold, in varve's own grammar. @throws `INVALID_PARAMETER_VALUE` */
export const allOf = (terms: readonly OwnFilter[]): string => {
  try {
    return filterText({ kind: 'and', terms, span })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw invalid('A text in a filter cannot hold both kinds of quotes.')
  }
}

/** MLflow's comparators of texts, as varve calls them. */
export const textOperators: ReadonlyMap<string, '=' | '!=' | 'like' | 'ilike'> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['LIKE', 'like'],
  ['ILIKE', 'ilike'],
])
