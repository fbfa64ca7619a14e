import * as v from 'valibot'
import { checked, shown } from '../kernel/check.ts'
import type { WriteOptions } from '../kernel/engine.ts'
import { kernelError } from '../kernel/errors.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { newId } from '../kernel/ids.ts'
import { writeOptionEntries, writeOptionsOf } from '../kernel/write-options.ts'
import { Writes } from '../kernel/writes.ts'
import * as decide from './decide.ts'
import { experimentName, type Named, nameOf, type Pairs, pairsOf, timeOf } from './input.ts'
import type { PendingTracking } from './pending.ts'
import {
  type Run,
  RunHandle,
  type RunHandleParts,
  type RunIdentity,
  type Scalar,
} from './run-handle.ts'
import { randomRunName } from './run-name.ts'
import type { RunsView } from './runs-view.ts'

export interface StartOptions extends WriteOptions {
  /** Name of the experiment, made when there is none; default `Default`. */
  readonly experiment?: string
  /** Id of the experiment, instead of its name. */
  readonly experimentId?: string
  /** Default: two words and a number. */
  readonly name?: string
  readonly params?: Named<Scalar>
  readonly tags?: Named<Scalar>
  /** The run inside which this one is started, or its id. */
  readonly parent?: string | Pick<Run, 'id'>
  /** Default now. */
  readonly startTime?: number | Date
  /** Default the operating-system user. */
  readonly user?: string
  /** `false` records no host and Git facts. */
  readonly facts?: boolean
  /** Default a new random id. */
  readonly id?: string
}

/** Runs: what is asked of them, and what is written. */
export interface Runs extends RunsView {
  /**
   * Starts a run and gives its handle, which you `end()`.
   *
   * @throws `EXPERIMENT_NOT_FOUND`, `EXPERIMENT_DELETED`, `RUN_EXISTS`, `RUN_NOT_FOUND` (the parent),
   * `INVALID_VALUE`
   */
  start(options?: StartOptions): Promise<Run>
  /**
   * Starts a run, calls the function, and ends the run: FINISHED, or FAILED with the error's message if the
   * function threw (which it then throws on). Gives what the function gave.
   */
  start<T>(options: StartOptions, task: (run: Run) => T | Promise<T>): Promise<T>
  /** The handle of a run that was started before. @throws `RUN_NOT_FOUND` */
  resume(id: string): Promise<Run>
  /** Hides a run; nothing is lost. Deleting a deleted run changes nothing. @throws `RUN_NOT_FOUND` */
  delete(id: string, options?: WriteOptions): Promise<void>
  /** Brings a deleted run back. @throws `RUN_NOT_FOUND` */
  restore(id: string, options?: WriteOptions): Promise<void>
}

/** Who runs what, as the platform tells: the user, and tags under MLflow's names. */
export interface Facts {
  readonly user: string
  readonly tags: Pairs
}

export interface RunsParts extends RunHandleParts {
  readonly view: RunsView
  readonly facts: () => Promise<Facts>
  /** Whether runs record facts unless they say. */
  readonly wantFacts: boolean
  /** Who the user is when facts are not wanted. */
  readonly user: string
  /** Is told of every write that failed unseen, with the run's id. */
  readonly report: (error: unknown, run: string) => void
  /** Follows the writes of every run, for when the store closes. */
  readonly writes: Writes
}

/** Checked by a function of its own. */
const elsewhere = v.optional(v.unknown())

const startInput = v.strictObject({
  ...writeOptionEntries,
  experiment: elsewhere,
  experimentId: elsewhere,
  name: elsewhere,
  params: elsewhere,
  tags: elsewhere,
  startTime: elsewhere,
  id: elsewhere,
  user: v.optional(v.string()),
  facts: v.optional(v.boolean()),
  parent: v.optional(
    v.union([
      v.string(),
      v.pipe(
        v.looseObject({ id: v.string() }),
        v.transform(({ id }) => id),
      ),
    ]),
  ),
})

const taskInput = v.function('Expected a function that is given the run')

const rules = { delete: decide.deleteRun, restore: decide.restoreRun } as const

/** Facts first, so that tags of the caller's replace them. */
const merged = (facts: Pairs, tags: Pairs): Pairs => [...new Map([...facts, ...tags])]

const startCommand = async (
  { facts: askFacts, wantFacts, user: defaultUser, clock }: RunsParts,
  options: StartOptions,
): Promise<decide.StartRun> => {
  const { user, facts: wanted = wantFacts, parent } = checked(startInput, options, 'runs.start')
  const params = pairsOf(options.params, 'params')
  const tags = pairsOf(options.tags, 'tags')
  const id = options.id === undefined ? newId() : nameOf(options.id, 'id')
  const experiment =
    options.experimentId === undefined
      ? { name: experimentName(options.experiment ?? 'Default', 'experiment') }
      : { id: nameOf(options.experimentId, 'experimentId') }
  const startTime =
    options.startTime === undefined ? clock() : timeOf(options.startTime, 'startTime')
  const name = runNameOf(options, tags)
  const facts = wanted ? await askFacts() : { user: defaultUser, tags: [] }
  return {
    id,
    experiment,
    name,
    user: user ?? facts.user,
    startTime,
    params,
    tags: merged(facts.tags, [...tags, [nameTag, name]]),
    ...(parent === undefined ? {} : { parent }),
  }
}

/** To MLflow's clients a run's name is this tag, and the other way round. */
const nameTag = 'mlflow.runName'

/** @throws `INVALID_VALUE` */
const runNameOf = (options: StartOptions, tags: Pairs): string => {
  const tagged = new Map(tags).get(nameTag)
  if (options.name === undefined) return tagged ?? randomRunName()
  const name = experimentName(options.name, 'name')
  if (tagged === undefined || tagged === name) return name
  throw kernelError(
    'INVALID_VALUE',
    `runs.start: "name" is ${shown(name)} and the tag ${nameTag} is ${shown(tagged)}, but they are one value. Leave one out. Nothing was written.`,
    { data: { path: 'name', value: name, tagged } },
  )
}

/** What the caller asked for, without what is new at each call: compared when an idempotency key returns. */
const requestOf = ({ idempotencyKey: _, parent, startTime, ...rest }: StartOptions): unknown => ({
  start: {
    ...rest,
    params: pairsOf(rest.params, 'params'),
    tags: pairsOf(rest.tags, 'tags'),
    parent: typeof parent === 'object' ? parent.id : parent,
    startTime: startTime === undefined ? undefined : Number(startTime),
  },
})

/** The public object of runs. */
export const createRuns = (parts: RunsParts): Runs => {
  const { writer, decider, view } = parts

  const handleOf = (run: RunIdentity): Run => {
    const writes = new Writes((error) => parts.report(error, run.id), parts.writes)
    return new RunHandle(parts, run, writes)
  }
  const begin = async (options: StartOptions): Promise<Run> => {
    const command = await startCommand(parts, options)
    const events = await writer.execute({
      decider,
      decide: (facts: PendingTracking) => decide.startRun(facts, command),
      options,
      request: requestOf(options),
    })
    return handleOf(startedIn(events))
  }
  const around = async <T>(run: Run, task: (run: Run) => T | Promise<T>): Promise<T> => {
    let result: T
    try {
      result = await task(run)
    } catch (error) {
      // The function's own error counts; a failure to end is still reported as a problem.
      const message = error instanceof Error ? error.message : String(error)
      await run
        .end({ status: 'FAILED', error: message })
        .catch((failure: unknown) => parts.report(failure, run.id))
      throw error
    }
    await run.end()
    return result
  }
  const change = async (
    what: keyof typeof rules,
    id: string,
    given: WriteOptions | undefined,
  ): Promise<void> => {
    const run = nameOf(id, 'id')
    const options = writeOptionsOf(given, `runs.${what}: options`)
    await writer.execute({
      decider,
      decide: (facts: PendingTracking) => rules[what](facts, { id: run }),
      options,
      request: { [what]: run },
    })
  }
  const startWith = async <T>(
    options: StartOptions,
    task: (run: Run) => T | Promise<T>,
  ): Promise<T> => {
    checked(taskInput, task, 'runs.start: task')
    return await around(await begin(options), task)
  }
  // The overloads of `start` differ in what they give.
  function start(options?: StartOptions): Promise<Run>
  function start<T>(options: StartOptions, task: (run: Run) => T | Promise<T>): Promise<T>
  function start<T>(
    options: StartOptions = {},
    task?: (run: Run) => T | Promise<T>,
  ): Promise<T | Run> {
    // A task is its caller's: the store does not wait for it, so that it may close the store.
    return task === undefined ? parts.writes.track(begin(options)) : startWith(options, task)
  }
  return {
    ...view,
    start,
    resume: async (id) => {
      const { name, experimentId } = await view.get(id)
      return handleOf({ id, name, experimentId })
    },
    delete: (id, options) => parts.writes.track(change('delete', id, options)),
    restore: (id, options) => parts.writes.track(change('restore', id, options)),
  }
}

const startedIn = (events: readonly RecordedEvent[]): RunIdentity => {
  const started = events.find((event) => event.type === 'run.started')
  const { id, name, experiment } = checked(startedData, started?.data, 'run.started')
  return { id, name, experimentId: experiment }
}

const startedData = v.object({ id: v.string(), name: v.string(), experiment: v.string() })
