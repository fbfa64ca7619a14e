import type { AnyComparison, NumberOperator } from './filter.ts'
import { like } from './like.ts'

/** A test of strings; `only` lists all that pass where they are few and known. */
export interface TextMatch {
  readonly test: (value: string) => boolean
  readonly only?: readonly string[]
}

/** The test of a condition on text. */
export const matchText = (
  comparison: Extract<AnyComparison, { readonly kind: 'text' | 'in' }>,
): TextMatch => {
  if (comparison.kind === 'in') {
    const values = new Set(comparison.values)
    return comparison.negated
      ? { test: (value) => !values.has(value) }
      : { test: (value) => values.has(value), only: comparison.values }
  }
  const { operator, value: wanted } = comparison
  switch (operator) {
    case '=':
      return { test: (value) => value === wanted, only: [wanted] }
    case '!=':
      return { test: (value) => value !== wanted }
    case 'like':
    case 'ilike':
      return { test: like(wanted, operator === 'ilike') }
  }
}

/** The test of a condition on a number. NaN passes `!=` only. */
export const matchNumber = (
  operator: NumberOperator,
  wanted: number,
): ((value: number) => boolean) => {
  switch (operator) {
    case '=':
      return (value) => value === wanted
    case '!=':
      return (value) => value !== wanted
    case '<':
      return (value) => value < wanted
    case '<=':
      return (value) => value <= wanted
    case '>':
      return (value) => value > wanted
    case '>=':
      return (value) => value >= wanted
  }
}
