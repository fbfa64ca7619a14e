import type { Entry } from '../kernel/log/event-log.ts'
import { collect, same } from './check.ts'
import { type Check, commitAt, firstsFrom, key, keysUnder, valueAt } from './log-probes.ts'

const hostile = [
  key(0x10),
  key(0x10, 0),
  key(0x10, 0, 0xff),
  key(0x10, 1),
  key(0x10, 0xff),
  key(0x10, 0xff, 0),
  key(0x10, 0xff, 0xff),
  key(0x10, 0xff, 0xff, 0xff),
  key(0x11),
  key(0x7f, 0xff),
  key(0x80),
  key(0xfe, 0xff),
]

/** Keys in no order, the same in every run. */
const scattered = Array.from({ length: 300 }, (_, at) => {
  const number = (at * 7919) % 65_536
  return key(0x20, number >>> 8, ...(at % 3 === 0 ? [] : [number & 0xff, at & 0xff]))
})

/** What a log promises of the entries beside it. */
export const entryPromises: Readonly<Record<string, Check>> = {
  'writes a commit and its entries together': async (log) => {
    await log.append(commitAt(0), [{ key: key(0x10, 1), value: key(1) }])
    await log.append(commitAt(1), [{ key: key(0x10, 1) }, { key: key(0x10, 2), value: key(2) }])
    same(await firstsFrom(log, 0), [0, 1])
    same(await keysUnder(log, key(0x10)), ['16,2'])
  },
  'keeps the log and the entries apart': async (log) => {
    await log.append(commitAt(0))
    await log.entries.write([{ key: key(0x10), value: key(9) }])
    same([await firstsFrom(log, 0), await keysUnder(log, key(0x10))], [[0], ['16']])
  },
  'tells an empty value from none, and forgets what is deleted': async (log) => {
    await log.entries.write([{ key: key(0x10), value: new Uint8Array(0) }])
    same([await valueAt(log, key(0x10)), await valueAt(log, key(0x11))], [[], undefined])
    await log.entries.write([{ key: key(0x10) }, { key: key(0x11) }])
    same(await valueAt(log, key(0x10)), undefined)
  },
  'takes the last of several writes to a key in one batch': async (log) => {
    const at = key(0x10)
    await log.entries.write([{ key: at, value: key(1) }, { key: at }, { key: at, value: key(3) }])
    same(await valueAt(log, at), [3])
    await log.entries.write([])
    same(await valueAt(log, at), [3])
  },
  'tells keys apart that begin alike, and scans them in the order of their bytes': async (log) => {
    const mixed = [...hostile].sort((a, b) => b.length - a.length || (b[1] ?? 0) - (a[1] ?? 0))
    await log.entries.write(mixed.map((each, at): Entry => ({ key: each, value: key(at) })))
    same(
      await keysUnder(log, key(0x10)),
      hostile.slice(0, 8).map((each) => [...each].join()),
    )
    same(
      await keysUnder(log, key(0x10, 0xff)),
      hostile.slice(4, 8).map((each) => [...each].join()),
    )
    same(await keysUnder(log, key(0x10, 0xff, 0xff, 0xff)), ['16,255,255,255'])
    same(await keysUnder(log, key(0xfe)), ['254,255'])
    for (const [at, each] of mixed.entries()) same(await valueAt(log, each), [at])
  },
  'scans any prefix as a filter and a sort would': async (log) => {
    await log.entries.write(scattered.map((each) => ({ key: each, value: each })))
    const hex = (bytes: Uint8Array): string =>
      Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    const sorted = [...new Set(scattered.map(hex))].sort()
    for (const prefix of [
      key(0x20),
      ...scattered.slice(0, 20).map((each) => each.subarray(0, 2)),
    ]) {
      const found = (await collect(log.entries.scan(prefix))).map((entry) => hex(entry.key))
      same(
        found,
        sorted.filter((each) => each.startsWith(hex(prefix))),
      )
    }
  },
}
