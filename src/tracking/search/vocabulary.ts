import { numberAttributes, textAttributes } from './filter.ts'

export type Entity = 'metric' | 'param' | 'tag' | 'dataset' | 'attribute'

/** The fields that filters and orders about one kind of thing may name. */
export interface Vocabulary<Text extends string = string, Numeric extends string = string> {
  /** Attributes that hold a string, and those that hold a number. */
  readonly texts: readonly Text[]
  readonly numbers: readonly Numeric[]
  /** Other names of attributes. */
  readonly aliases: ReadonlyMap<string, Text | Numeric>
  /** What stands before the dot. */
  readonly entities: ReadonlyMap<string, Entity>
  /** What a field looks like, for who wrote something else. */
  readonly example: string
  /** Whether a number may stand in quotes, too. */
  readonly quotedNumbers?: boolean
}

/** The fields of runs; the aliases are all from MLflow. */
export const runVocabulary: Vocabulary<
  (typeof textAttributes)[number],
  (typeof numberAttributes)[number]
> = {
  texts: textAttributes,
  numbers: numberAttributes,
  aliases: new Map([
    ['created', 'start_time'],
    ['Created', 'start_time'],
    ['run name', 'run_name'],
    ['Run name', 'run_name'],
    ['Run Name', 'run_name'],
  ]),
  entities: new Map([
    ['metrics', 'metric'],
    ['metric', 'metric'],
    ['params', 'param'],
    ['param', 'param'],
    ['parameters', 'param'],
    ['parameter', 'param'],
    ['tags', 'tag'],
    ['tag', 'tag'],
    ['datasets', 'dataset'],
    ['dataset', 'dataset'],
    ['attributes', 'attribute'],
    ['attribute', 'attribute'],
    ['attr', 'attribute'],
    ['run', 'attribute'],
  ]),
  example: 'a field such as metrics.auc, params.model, tags.team or status',
}

/** The word for each kind of field that a vocabulary has. */
export const pluralsOf = ({ entities }: Vocabulary): readonly string[] =>
  ['metrics', 'params', 'tags', 'datasets', 'attributes'].filter((name) => entities.has(name))

/** Names of attributes, as they are suggested. */
export const attributesOf = (vocabulary: Vocabulary): readonly string[] => {
  const { texts, numbers, aliases } = vocabulary
  return [...texts, ...numbers, ...(aliases.has('created') ? ['created'] : [])]
}
