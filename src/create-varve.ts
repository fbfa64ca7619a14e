import { concat, type Observable, of } from 'rxjs'
import { hostFacts, localFile, localFiles } from '#platform'
import { artifactDigestAt } from './artifact-digest.ts'
import { type BlobStore, treeAt } from './artifacts/index.ts'
import { type AuditSources, diffMoments, eventRange, whyModel } from './audit/index.ts'
import { runFacts } from './facts.ts'
import { followChanges } from './follow-changes.ts'
import { sourceOf } from './keep-store.ts'
import { keepable } from './keeping/live-source.ts'
import { derivedEntries } from './kernel/derived-entries.ts'
import type { Reader, Submitter } from './kernel/engine.ts'
import { kernelError } from './kernel/errors.ts'
import type { EventEngine } from './kernel/event-engine.ts'
import { closedError } from './kernel/log/committer.ts'
import type { Moment, When } from './kernel/moment.ts'
import type { Problem } from './kernel/problem.ts'
import { Writes } from './kernel/writes.ts'
import { logInfo } from './log-info.ts'
import { loggedModelById, loggedModelsProjection } from './logged-models/index.ts'
import { loggedModelFacts, loggedModelsAt, loggedModelsOn } from './logged-models-on.ts'
import { readOnlyError } from './read-only.ts'
import {
  createRegistry,
  type Registry,
  registryAsOf,
  registryProjection,
} from './registry/index.ts'
import type { Store } from './store.ts'
import {
  createTracking,
  experimentsProjection,
  runsProjection,
  type Tracking,
} from './tracking/index.ts'
import { upkeepOf } from './upkeep.ts'
import { userEvents } from './user-events.ts'
import type { Varve, VarveView } from './varve.ts'

export interface VarveOptions {
  /** Whether runs record host and Git facts unless they say. */
  readonly facts: boolean
  readonly actor: string | undefined
}

/** What is open for one caller of `open`: it ends with its own `close`, the store with the last one. */
interface Session {
  readonly store: Store
  readonly writes: Writes
  readonly writer: Submitter
  readonly reader: Reader
  /** @throws `LOG_CLOSED` */
  readonly check: () => void
  /** Ends what is followed; the store may go on for others. */
  readonly ended: AbortSignal
  readonly close: () => Promise<void>
}

const sessionOn = (store: Store, actor: string | undefined): Session => {
  const { engine } = store
  const writes = new Writes((error) => engine.problems.next({ error, where: 'write' }))
  const ended = new AbortController()
  const check = (): void => {
    if (ended.signal.aborted) throw closedError()
  }
  const end = async (): Promise<void> => {
    await writes.settled()
    ended.abort()
    await store.close()
    const lost = writes.takeLost()
    if (lost !== undefined) throw lost
  }
  let closing: Promise<void> | undefined
  return {
    store,
    writes,
    check,
    writer: {
      execute: (command) => {
        if (ended.signal.aborted) return Promise.reject(closedError())
        if (store.readOnly === true) return Promise.reject(readOnlyError())
        if (actor === undefined) return engine.execute(command)
        return engine.execute({ ...command, options: { actor, ...command.options } })
      },
      submit: (command, settle) => {
        if (ended.signal.aborted) return settle.reject(closedError())
        if (store.readOnly === true) return settle.reject(readOnlyError())
        if (actor === undefined) return engine.submit(command, settle)
        engine.submit({ ...command, options: { actor, ...command.options } }, settle)
      },
    },
    reader: {
      stream: async (stream, upTo, from) => {
        check()
        return await engine.stream(stream, upTo, from)
      },
      moment: async (when) => {
        check()
        return await engine.moment(when)
      },
      events: (query) => {
        check()
        return engine.events(query).until(ended.signal)
      },
    },
    ended: ended.signal,
    close: () => {
      closing ??= end()
      return closing
    },
  }
}

const trackingOn = (session: Session, facts: boolean): Tracking => {
  const { store, writer, reader, writes, check } = session
  const { engine, blobs, clock, folder } = store
  const exclude = folder === undefined ? [] : [folder]
  return createTracking({
    writer,
    reader,
    blobs,
    clock,
    writes,
    state: () => {
      check()
      return {
        experiments: engine.state(experimentsProjection),
        runs: engine.state(runsProjection),
        loggedModel: (id) => loggedModelById(engine.state(loggedModelsProjection), id)?.lifecycle,
      }
    },
    last: () => engine.last,
    derived: derivedEntries(engine),
    wantFacts: facts,
    facts: () => runFacts(folder),
    user: hostFacts().user,
    findFile: (source, path) => localFile(source, path),
    findFiles: (source, prefix) =>
      localFiles(source, { exclude, ...(prefix === undefined ? {} : { prefix }) }),
    report: (error, run) => engine.problems.next({ error, where: `run ${run}` }),
  })
}

const registryState =
  ({ store, check }: Session) =>
  () => {
    check()
    return store.engine.state(registryProjection)
  }

const registryOn = (session: Session, { runs }: Tracking): Registry => {
  const { writer, reader, writes } = session
  return createRegistry({
    writer,
    reader,
    state: registryState(session),
    supervise: (write) => writes.track(write),
    loggedModel: loggedModelFacts(session),
    digestAt: artifactDigestAt(session.store.engine, runs),
    runModel: async (run, path) => {
      const { artifacts } = await runs.get(run)
      const digest = treeAt(artifacts, path)?.digest
      return digest === undefined ? {} : { digest }
    },
  })
}

/** What is found wrong while opening comes first, whoever subscribes and when. */
const problemsOf = ({ engine, rescued }: Store): Observable<Problem> => {
  const found = (rescued?.broken ?? []).map(({ message, position, check }): Problem => {
    const error = kernelError('LOG_CORRUPT', message, { data: { position } })
    return { error, where: check, ...(position === undefined ? {} : { position }) }
  })
  return concat(of(...found), engine.problems)
}

/** Asks once, on first use. */
const once = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= ask()
    return answer
  }
}

type AsOf = (moment: () => Promise<Moment>) => VarveView

const viewsOn =
  (session: Session, tracking: Tracking): AsOf =>
  (moment) => {
    const { store, reader, check } = session
    const position = async (): Promise<number> => (await moment()).position
    const { engine } = store
    const past = tracking.asOf(position)
    return {
      ...past,
      loggedModels: loggedModelsAt(session, position, past.experiments),
      registry: registryAsOf({ reader, state: registryState(session), position }),
      moment: async () => {
        check()
        return await moment()
      },
      project: async (projection) => {
        check()
        return await engine.foldUpTo(engine.definitionOf(projection), await position())
      },
    }
  }

/** The public object, wired: the store's engine gives reads and writes, the features give them meaning. */
export const createVarve = (store: Store, { facts, actor }: VarveOptions): Varve => {
  const session = sessionOn(store, actor)
  const { engine } = store
  const { reader, writer, writes, check, ended } = session
  const tracking = trackingOn(session, facts)
  const registry = registryOn(session, tracking)
  const viewAt = viewsOn(session, tracking)
  const asOf = (when: When): VarveView => viewAt(once(() => reader.moment(when)))
  const { runs, experiments } = tracking
  const loggedModels = loggedModelsOn(session, experiments)
  const audit: AuditSources = {
    reader,
    range: eventRange(engine),
    registryAt: (position) => asOf(position).registry,
  }
  const now = (): Promise<Moment> => reader.moment('now')
  const view: VarveView = {
    runs,
    experiments,
    registry,
    loggedModels,
    moment: now,
    project: async (projection) => projection.state,
  }
  const varve: Omit<Varve, 'read' | 'events' | 'subscribe' | 'append' | 'project'> = {
    ...view,
    runs,
    experiments,
    registry,
    loggedModels,
    log: {
      info: async () => {
        check()
        return await logInfo(store)
      },
    },
    problems: problemsOf(store),
    asOf,
    diff: async (from, to) =>
      diffMoments(audit, await reader.moment(from), await reader.moment(to)),
    why: async (uri, { at = 'now' } = {}) => whyModel(audit, uri, await reader.moment(at)),
    watch: (selector) => {
      check()
      return followChanges(engine, async () => await selector(view), ended)
    },
    ...upkeepOf({ store, view, actor, writes, check }),
    close: session.close,
    [Symbol.asyncDispose]: session.close,
  }
  const { readOnly = false, rescued } = store
  const own = userEvents({ engine, reader, writer, check, ended, readOnly, read: rescued?.read })
  // `as`: the event types of one's own are known to the caller's types alone.
  const whole = {
    ...varve,
    ...own,
    append: (...args: Parameters<typeof own.append>) => writes.track(own.append(...args)),
  } as Varve
  keepable(whole, () => sourceOf(store, check))
  internals.set(whole, { writer, reader, engine, blobs: store.blobs })
  return whole
}

/** What importers and servers of this package need beneath the public object. */
export interface Internals {
  readonly writer: Submitter
  readonly reader: Reader
  readonly engine: EventEngine
  readonly blobs: BlobStore
}

const internals = new WeakMap<Varve, Internals>()

/** @throws `TypeError` for an object that this copy of the package did not open. */
export const internalsOf = (varve: Varve): Internals => {
  const known = internals.get(varve)
  if (known === undefined) throw new TypeError('Expected what open() of this package gave.')
  return known
}
