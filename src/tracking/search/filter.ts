/** Where a part of a filter stands: offsets into its text, the end not included. */
export interface Span {
  readonly start: number
  readonly end: number
}

export const aggregates = ['last', 'min', 'max', 'first', 'count', 'step'] as const
export type Aggregate = (typeof aggregates)[number]

export const textAttributes = [
  'run_id',
  'run_name',
  'status',
  'user_id',
  'artifact_uri',
  'experiment',
  'experiment_id',
  'parent_run_id',
  'lifecycle',
] as const
export type TextAttribute = (typeof textAttributes)[number]

export const numberAttributes = ['start_time', 'end_time', 'duration'] as const
export type NumberAttribute = (typeof numberAttributes)[number]

export const datasetKeys = ['name', 'digest', 'context'] as const
export type DatasetKey = (typeof datasetKeys)[number]

/** What holds a number in a run, if the run has it. */
export type NumberField<Name extends string = NumberAttribute> =
  | { readonly kind: 'metric'; readonly key: string; readonly aggregate: Aggregate }
  | { readonly kind: 'number-attribute'; readonly name: Name }

/** What holds one string in a run, if the run has it. */
export type TextField<Name extends string = TextAttribute> =
  | { readonly kind: 'param'; readonly key: string }
  | { readonly kind: 'tag'; readonly key: string }
  | { readonly kind: 'text-attribute'; readonly name: Name }

/** What holds a string per dataset of a run. */
export interface DatasetField {
  readonly kind: 'dataset'
  readonly key: DatasetKey
}

/** What runs can be ordered by; other things have attributes of other names. */
export type OrderField<
  Text extends string = TextAttribute,
  Numeric extends string = NumberAttribute,
> = NumberField<Numeric> | TextField<Text>
export type Field<Text extends string = TextAttribute, Numeric extends string = NumberAttribute> =
  | OrderField<Text, Numeric>
  | DatasetField

export const numberOperators = ['=', '!=', '<', '<=', '>', '>='] as const
export type NumberOperator = (typeof numberOperators)[number]

export const textOperators = ['=', '!=', 'like', 'ilike'] as const
export type TextOperator = (typeof textOperators)[number]

/** A condition on one field. A run that lacks the field meets none but `is null`. */
export type Comparison<
  Text extends string = TextAttribute,
  Numeric extends string = NumberAttribute,
> =
  | {
      readonly kind: 'number'
      readonly field: NumberField<Numeric>
      readonly operator: NumberOperator
      readonly value: number
      readonly span: Span
    }
  | {
      readonly kind: 'text'
      readonly field: TextField<Text> | DatasetField
      readonly operator: TextOperator
      readonly value: string
      readonly span: Span
    }
  | {
      readonly kind: 'in'
      readonly field: TextField<Text> | DatasetField
      readonly negated: boolean
      readonly values: readonly string[]
      readonly span: Span
    }
  | {
      readonly kind: 'null'
      readonly field: OrderField<Text, Numeric>
      readonly negated: boolean
      readonly span: Span
    }

/** What a filter says. `and` of nothing is true for every run. */
export type Filter<Text extends string = TextAttribute, Numeric extends string = NumberAttribute> =
  | {
      readonly kind: 'and' | 'or'
      readonly terms: readonly Filter<Text, Numeric>[]
      readonly span: Span
    }
  | { readonly kind: 'not'; readonly term: Filter<Text, Numeric>; readonly span: Span }
  | Comparison<Text, Numeric>

/** One element of an order. */
export interface OrderBy<
  Text extends string = TextAttribute,
  Numeric extends string = NumberAttribute,
> {
  readonly field: OrderField<Text, Numeric>
  readonly descending: boolean
}

/** Fields, conditions, filters and orders while they are read: of whatever has attributes. */
export type AnyNumberField = NumberField<string>
export type AnyTextField = TextField<string>
export type AnyField = Field<string, string>
export type AnyComparison = Comparison<string, string>
export type AnyFilter = Filter<string, string>
