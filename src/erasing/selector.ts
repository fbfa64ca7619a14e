import * as v from 'valibot'

/** What is to be erased. */
export type ErasureSelector =
  /** All that a user gave a run: name, user, params, tags, metrics, inputs, artifacts, error. */
  | { readonly run: string }
  | { readonly run: string; readonly tag: string }
  | { readonly run: string; readonly param: string }
  | { readonly run: string; readonly metric: string }
  /** A data set, by its name. */
  | { readonly run: string; readonly input: string }
  /** A file, or every file in a folder. */
  | { readonly run: string; readonly artifact: string }
  /** An experiment by its id or name. */
  | { readonly experiment: string; readonly tag: string }
  /** A registered model, or one version of it. */
  | { readonly model: string; readonly version?: number; readonly tag: string }
  | { readonly model: string; readonly version?: number; readonly description: true }
  | { readonly model: string; readonly version?: number; readonly comment: true }
  /** A person's name, wherever it says who did something. Another name takes its place. */
  | { readonly actor: string }
  /** The data of one event of one's own, or of all of a stream. */
  | { readonly position: number }
  | { readonly stream: string }

const name = v.pipe(v.string(), v.minLength(1, 'Expected a string that is not empty'))
const version = v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1)))
const yes = v.literal(true)

/** Checks a selector from outside. */
export const selectorInput = v.union(
  [
    v.strictObject({ run: name }),
    v.strictObject({ run: name, tag: name }),
    v.strictObject({ run: name, param: name }),
    v.strictObject({ run: name, metric: name }),
    v.strictObject({ run: name, input: v.string() }),
    v.strictObject({ run: name, artifact: name }),
    v.strictObject({ experiment: name, tag: name }),
    v.strictObject({ model: name, version, tag: name }),
    v.strictObject({ model: name, version, description: yes }),
    v.strictObject({ model: name, version, comment: yes }),
    v.strictObject({ actor: name }),
    v.strictObject({ position: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) }),
    v.strictObject({ stream: name }),
  ],
  'Expected what to erase: { run }, { run, tag }, { run, param }, { run, metric }, { run, input }, { run, artifact }, { experiment, tag }, { model, tag | description | comment } with or without a version, { actor }, { position } or { stream }',
)
