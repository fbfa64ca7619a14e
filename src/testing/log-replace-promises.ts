import type { EventLog } from '../kernel/log/event-log.ts'
import { collect, same } from './check.ts'
import { appendAll, type Check, commitAt, key, plain, valueAt } from './log-probes.ts'

type Replacing = EventLog & Required<Pick<EventLog, 'replace' | 'scrub'>>

const isReplacing = (log: EventLog): log is Replacing =>
  log.replace !== undefined && log.scrub !== undefined

/** A check of a log that can replace commits; one that cannot promises nothing of it. */
const replacing =
  (check: (log: Replacing, reopen: () => Promise<EventLog>) => Promise<void>): Check =>
  async (log, reopen) => {
    same(log.replace === undefined, log.scrub === undefined)
    if (isReplacing(log)) await check(log, reopen)
  }

const everything = async (log: EventLog): Promise<unknown[]> =>
  (await collect(log.read(0))).flat().map(plain)

/** What a log promises that can put commits in the place of others. */
export const replacePromises: Readonly<Record<string, Check>> = {
  'puts commits in the place of others, together with a new one and entries': replacing(
    async (log) => {
      await appendAll(log, [0, 3, 10])
      await log.entries.write([{ key: key(0x10, 1), value: key(1) }])
      const others = [commitAt(0, 'nothing'), commitAt(10, 'a longer text than there was')]
      await log.replace(commitAt(12), others, [
        { key: key(0x10, 1) },
        { key: key(0x10, 2), value: key(2) },
      ])
      const expected = [others[0], commitAt(3), others[1], commitAt(12)].map(plain)
      same(await everything(log), expected)
      same(plain(await log.at(2)), plain(others[0]))
      same(plain(await log.last()), plain(commitAt(12)))
      same([await valueAt(log, key(0x10, 1)), await valueAt(log, key(0x10, 2))], [undefined, [2]])
      await log.scrub()
      same(await everything(log), expected)
      await log.append(commitAt(13))
      same((await log.last())?.first, 13)
    },
  ),
  'goes on with a read that a scrub came between, with what stands there now': replacing(
    async (log) => {
      await appendAll(
        log,
        Array.from({ length: 1000 }, (_, at) => at),
      )
      const seen: unknown[] = []
      for await (const batch of log.read(0)) {
        if (seen.length === 0) {
          await log.replace(commitAt(1000), [commitAt(999, 'other')])
          await log.scrub()
        }
        seen.push(...batch.map(plain))
      }
      same(seen.length >= 1000, true)
      same(seen[999], plain(commitAt(999, 'other')))
    },
  ),
  'keeps what it was given in the place of others, whoever writes into those bytes later':
    replacing(async (log) => {
      await appendAll(log, [0])
      const other = commitAt(0, 'other')
      await log.replace(commitAt(1), [other])
      other.bytes.fill(0)
      same(plain(await log.at(0)), plain(commitAt(0, 'other')))
    }),
}

/** The same of one that can be opened again. */
export const lastingReplacePromises: Readonly<Record<string, Check>> = {
  'has what was put in the place of others when it is opened again': replacing(
    async (log, reopen) => {
      await appendAll(log, [0, 3])
      await log.replace(commitAt(5), [commitAt(3, 'other')])
      await log.close()
      const again = await reopen()
      same(await everything(again), [commitAt(0), commitAt(3, 'other'), commitAt(5)].map(plain))
      if (isReplacing(again)) await again.scrub()
      same(plain(await again.at(3)), plain(commitAt(3, 'other')))
    },
  ),
}
