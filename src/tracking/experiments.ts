import * as v from 'valibot'
import { checked } from '../kernel/check.ts'
import type { Decider, WriteOptions, Writer } from '../kernel/engine.ts'
import type { NewEvent } from '../kernel/events/event.ts'
import { writeOptionEntries, writeOptionsOf } from '../kernel/write-options.ts'
import * as decideExperiment from './decide-experiment.ts'
import { trackingError } from './errors.ts'
import { experimentStream } from './events.ts'
import type { ExperimentsView } from './experiments-view.ts'
import { experimentName, type Named, nameOf, pairsOf } from './input.ts'
import type { PendingTracking } from './pending.ts'
import type { Experiment } from './run.ts'
import type { Scalar } from './run-handle.ts'

export interface CreateOptions extends WriteOptions {
  readonly tags?: Named<Scalar>
  /** Where clients put artifacts that do not go through varve. */
  readonly artifactLocation?: string
}

/** Experiments: what is asked of them, and what is written. The name or the id says which. */
export interface Experiments extends ExperimentsView {
  /** @throws `EXPERIMENT_EXISTS`, also for a deleted namesake; `INVALID_VALUE` */
  create(name: string, options?: CreateOptions): Promise<Experiment>
  /** @throws `EXPERIMENT_EXISTS`, `EXPERIMENT_NOT_FOUND`, `EXPERIMENT_DELETED` */
  rename(nameOrId: string, name: string, options?: WriteOptions): Promise<Experiment>
  setTags(nameOrId: string, tags: Named<Scalar>, options?: WriteOptions): Promise<Experiment>
  /** @throws `TAG_NOT_FOUND` */
  deleteTag(nameOrId: string, key: string, options?: WriteOptions): Promise<Experiment>
  /** Hides it and its runs; nothing is lost. */
  delete(nameOrId: string, options?: WriteOptions): Promise<Experiment>
  /** Brings it and its runs back. */
  restore(nameOrId: string, options?: WriteOptions): Promise<Experiment>
}

export interface ExperimentsParts {
  readonly writer: Writer
  readonly decider: Decider<PendingTracking>
  readonly view: ExperimentsView
  /** The experiment of an id, as it stands. */
  readonly experiment: (id: string) => Experiment | undefined
  /** Is given each write before the caller is, so that one that fails and that nobody awaited is not lost. */
  readonly supervise: <T>(write: Promise<T>) => Promise<T>
}

const createInput = v.optional(
  v.strictObject({
    ...writeOptionEntries,
    tags: v.optional(v.unknown()),
    artifactLocation: v.optional(v.string()),
  }),
  {},
)

/** The id of the experiment that a name or an id means; a name wins. @throws `EXPERIMENT_NOT_FOUND` */
const idIn = (facts: PendingTracking, nameOrId: string): string => {
  const found = facts.experimentNamed(nameOrId) ?? facts.experiment(nameOrId)
  if (found !== undefined) return found.id
  throw trackingError(
    'EXPERIMENT_NOT_FOUND',
    `No experiment has the name or id "${nameOrId}". experiments.list() shows those there are.`,
    { data: { experiment: nameOrId } },
  )
}

const idOfStream = (stream: string): string => stream.slice(experimentStream('').length)

/** A write to the experiment that a name or an id means. */
interface Change {
  readonly nameOrId: string
  readonly rule: (facts: PendingTracking, id: string) => readonly NewEvent[]
  /** What an idempotency key stands for. */
  readonly request: unknown
  readonly options: WriteOptions
}

type Write = (
  change: Omit<Change, 'options'> & { readonly options: unknown },
) => Promise<Experiment>

const writeOf = ({ writer, decider, view, experiment }: ExperimentsParts): Write => {
  const apply = async ({ nameOrId, rule, request, options }: Change): Promise<Experiment> => {
    let id: string | undefined
    // The name is looked up where the change is decided, so that it means what the writes before made of it.
    const decideNow = (facts: PendingTracking): readonly NewEvent[] => {
      id = idIn(facts, nameOrId)
      return rule(facts, id)
    }
    const [first] = await writer.execute({ decider, decide: decideNow, request, options })
    if (first !== undefined) id = idOfStream(first.stream)
    return (id === undefined ? undefined : experiment(id)) ?? (await view.get(nameOrId))
  }
  return ({ nameOrId, options, ...change }) =>
    apply({
      ...change,
      nameOrId: experimentName(nameOrId, 'nameOrId'),
      options: writeOptionsOf(options, 'experiments: options'),
    })
}

/** The public object of experiments. */
export const createExperiments = (parts: ExperimentsParts): Experiments => {
  const { writer, decider, view, experiment, supervise } = parts
  const write = writeOf(parts)
  const create = async (given: string, options: unknown): Promise<Experiment> => {
    const parsed = checked(createInput, options, 'experiments.create: options')
    const { tags, artifactLocation, ...how } = parsed
    const command = {
      name: experimentName(given, 'name'),
      tags: pairsOf(tags, 'tags'),
      ...(artifactLocation === undefined ? {} : { artifactLocation }),
    }
    const [created] = await writer.execute({
      decider,
      decide: (facts: PendingTracking) => decideExperiment.createExperiment(facts, command),
      request: { create: command },
      options: writeOptionsOf(how, 'experiments.create: options'),
    })
    // Not by name: an answer that is repeated for its idempotency key may have a new one.
    const found = created === undefined ? undefined : experiment(idOfStream(created.stream))
    return found ?? (await view.get(command.name))
  }
  const rename = async (nameOrId: string, newName: string, options: unknown) => {
    const name = experimentName(newName, 'name')
    const rule: Change['rule'] = (facts, id) =>
      decideExperiment.renameExperiment(facts, { id, name })
    return await write({ nameOrId, rule, request: { rename: [nameOrId, name] }, options })
  }
  const setTags = async (nameOrId: string, given: Named<Scalar>, options: unknown) => {
    const tags = pairsOf(given, 'tags')
    const rule: Change['rule'] = (facts, id) =>
      decideExperiment.setExperimentTags(facts, { id, tags })
    return await write({ nameOrId, rule, request: { setTags: [nameOrId, tags] }, options })
  }
  const deleteTag = async (nameOrId: string, given: string, options: unknown) => {
    const key = nameOf(given, 'key')
    const rule: Change['rule'] = (facts, id) =>
      decideExperiment.deleteExperimentTag(facts, { id, key })
    return await write({ nameOrId, rule, request: { deleteTag: [nameOrId, key] }, options })
  }
  const change = async (
    nameOrId: string,
    ruleOf: typeof decideExperiment.deleteExperiment,
    options: unknown,
  ) => {
    const rule: Change['rule'] = (facts, id) => ruleOf(facts, { id })
    return await write({ nameOrId, rule, request: { [ruleOf.name]: nameOrId }, options })
  }
  return {
    ...view,
    create: (name, options) => supervise(create(name, options)),
    rename: (nameOrId, name, options) => supervise(rename(nameOrId, name, options)),
    setTags: (nameOrId, tags, options) => supervise(setTags(nameOrId, tags, options)),
    deleteTag: (nameOrId, key, options) => supervise(deleteTag(nameOrId, key, options)),
    delete: (nameOrId, options) =>
      supervise(change(nameOrId, decideExperiment.deleteExperiment, options)),
    restore: (nameOrId, options) =>
      supervise(change(nameOrId, decideExperiment.restoreExperiment, options)),
  }
}
