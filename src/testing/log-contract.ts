import type { EventLog } from '../kernel/log/event-log.ts'
import { collect, failureOf, same } from './check.ts'
import { commitPromises } from './log-commit-promises.ts'
import { entryPromises } from './log-entry-promises.ts'
import { type Check, commitAt, firstsFrom, key, plain, valueAt } from './log-probes.ts'
import { lastingReplacePromises, replacePromises } from './log-replace-promises.ts'

/** One promise of the port: its sentence, and a run that throws when a log does not keep it. */
export interface LogPromise {
  readonly name: string
  readonly run: () => Promise<void>
}

/** A new, empty log for one promise, and how to take it away afterwards. */
export interface LogUnderTest {
  readonly log: EventLog
  /** Opens the same place again, after the log was closed. Needed where `supports.reopen` says so. */
  readonly reopen?: () => Promise<EventLog>
  readonly teardown?: () => Promise<void>
}

export type LogSetup = () => Promise<LogUnderTest>

/**
 * Gives the promises that every log adapter keeps, for any test runner:
 * `for (const { name, run } of logContract(setup)) it(name, run)`.
 *
 * What is promised only of a log that can be opened again is checked where `log.supports` says that it can.
 */
export const logContract = (setup: LogSetup): readonly LogPromise[] => [
  ...Object.entries(promises).map(([name, check]) => promiseOf(setup, name, check)),
  ...Object.entries(lastingPromises).map(([name, check]) =>
    promiseOf(setup, `${name} (where it can be opened again)`, async (log, reopen) => {
      if (log.supports.reopen) await check(log, reopen)
    }),
  ),
]

const promiseOf = (setup: LogSetup, name: string, check: Check): LogPromise => ({
  name,
  run: async () => {
    const { log, reopen, teardown } = await setup()
    const opened = [log]
    try {
      await check(log, async () => {
        if (reopen === undefined) {
          throw new TypeError(
            'The log says that it can be opened again; give the setup a reopen().',
          )
        }
        const again = await reopen()
        opened.push(again)
        return again
      })
    } finally {
      for (const each of opened) await each.close()
      await teardown?.()
    }
  },
})

/** Every operation of the port, to be crossed with the states of its life. */
const operations: Readonly<Record<string, (log: EventLog) => Promise<unknown>>> = {
  append: (log) => log.append(commitAt(10)),
  'append with entries': (log) => log.append(commitAt(11), [{ key: key(0x10), value: key(1) }]),
  last: (log) => log.last(),
  at: (log) => log.at(0),
  read: (log) => collect(log.read(0)),
  'entries.get': (log) => log.entries.get(key(0x10)),
  'entries.write': (log) => log.entries.write([{ key: key(0x12), value: key(1) }]),
  'entries.scan': (log) => collect(log.entries.scan(key(0x10))),
}

const ending: Readonly<Record<string, Check>> = {
  'says of itself what agrees': async ({ supports: { permanence, reopen } }) => {
    same(['none', 'process', 'power'].includes(permanence), true)
    same(permanence === 'none' || reopen, true)
  },
  'is closed once, however often and from wherever it is closed': async (log) => {
    await log.append(commitAt(0))
    await Promise.all([log.close(), log.close()])
    await log.close()
    await log[Symbol.asyncDispose]()
  },
  'answers or refuses what was asked before it was closed, and leaves nothing waiting': async (
    log,
  ) => {
    await log.append(commitAt(0))
    const asked = Object.values(operations).map((operation) => operation(log))
    const [, ...answers] = await Promise.all([log.close(), ...asked.map(settled)])
    same(
      answers,
      asked.map(() => 'settled'),
    )
  },
}

const settled = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'settled',
    () => 'settled',
  )

const lastingPromises: Readonly<Record<string, Check>> = {
  'has everything again when it is opened again': async (log, reopen) => {
    await log.append(commitAt(0), [{ key: key(0x10), value: key(1) }])
    await log.append(commitAt(5))
    await log.entries.write([{ key: key(0x11), value: key(2) }, { key: key(0x10) }])
    await log.close()
    const again = await reopen()
    same([await firstsFrom(again, 0), plain(await again.last())], [[0, 5], plain(commitAt(5))])
    same([await valueAt(again, key(0x10)), await valueAt(again, key(0x11))], [undefined, [2]])
    await again.append(commitAt(7))
    same(await firstsFrom(again, 0), [0, 5, 7])
  },
  'has an append that was in the air when it was closed whole or not at all': async (
    log,
    reopen,
  ) => {
    await log.append(commitAt(0))
    const append = settled(log.append(commitAt(1), [{ key: key(0x10), value: key(1) }]))
    await log.close()
    await append
    const again = await reopen()
    const value = await valueAt(again, key(0x10))
    same(await firstsFrom(again, 0), value === undefined ? [0] : [0, 1])
  },
  ...lastingReplacePromises,
  ...Object.fromEntries(
    Object.entries(operations).map(([name, operation]): [string, Check] => [
      `refuses ${name} when it is closed, and answers again when it is opened again`,
      async (log, reopen) => {
        await log.append(commitAt(0))
        const closing = log.close()
        const errors = [await failureOf(() => operation(log)), await closing]
        errors.push(await failureOf(() => operation(log)))
        same(errors.filter((error) => error instanceof Error).length, 2)
        await operation(await reopen())
      },
    ]),
  ),
}

const promises: Readonly<Record<string, Check>> = {
  ...commitPromises,
  ...entryPromises,
  ...replacePromises,
  ...ending,
}
