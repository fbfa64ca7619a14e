import { collect, same } from './check.ts'
import {
  appendAll,
  bytesOf,
  type Check,
  commitAt,
  firstsFrom,
  key,
  keysUnder,
  plain,
  valueAt,
} from './log-probes.ts'

/** Positions around every place where a shorter or a textual encoding of numbers would go out of order. */
const farApart = [0, 9, 10, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 52]

/** What a log promises of its commits. */
export const commitPromises: Readonly<Record<string, Check>> = {
  'is empty at first': async (log) => {
    same(
      [plain(await log.last()), plain(await log.at(0)), await firstsFrom(log, 0)],
      [null, null, []],
    )
    same(await keysUnder(log, key(0x10)), [])
    same((await log.size()) >= 0, true)
  },
  'gives commits back byte for byte, in the order of their positions': async (log) => {
    await appendAll(log, farApart)
    const commits = (await collect(log.read(0))).flat()
    same(
      commits.map(plain),
      farApart.map((first) => plain(commitAt(first))),
    )
    same(plain(await log.last()), plain(commitAt(2 ** 52)))
  },
  'finds the commit that holds a position': async (log) => {
    await appendAll(log, [0, 3, 10])
    const found: unknown[] = []
    for (const position of [0, 2, 3, 9, 10, 11, 2 ** 52])
      found.push((await log.at(position))?.first)
    same(found, [0, 0, 3, 3, 10, 10, 10])
    same(plain(await log.at(-1)), undefined)
  },
  'finds the same commit when it is told where it begins': async (log) => {
    await appendAll(log, [0, 3, 10])
    const found: unknown[] = []
    for (const [position, first] of [
      [2, 0],
      [3, 3],
      [9, 3],
      [11, 10],
      [11, 7],
    ] as const)
      found.push((await log.at(position, first))?.first)
    same(found, [0, 3, 3, 10, 10])
  },
  'reads from the commit that holds a position, also from beyond the end': async (log) => {
    await appendAll(log, [0, 3, 10])
    const reads: unknown[] = []
    for (const from of [0, 1, 3, 4, 10, 99]) reads.push(await firstsFrom(log, from))
    same(reads, [[0, 3, 10], [0, 3, 10], [3, 10], [3, 10], [10], [10]])
  },
  'reads batches that are not empty, however many commits there are': async (log) => {
    const firsts = Array.from({ length: 700 }, (_, at) => at * 2)
    await appendAll(log, firsts)
    const batches = await collect(log.read(5))
    same(
      batches.every((batch) => batch.length > 0),
      true,
    )
    same(
      batches.flat().map(({ first }) => first),
      firsts.slice(2),
    )
  },
  'takes a commit of several MiB, and one of no bytes': async (log) => {
    const bytes = new Uint8Array(5 * 1024 * 1024)
    for (let at = 0; at < bytes.length; at += 1000) bytes[at] = at % 251
    await log.append({ first: 0, bytes })
    await log.append({ first: 1, bytes: new Uint8Array(0) })
    const back = (await log.at(0))?.bytes ?? new Uint8Array(0)
    let at = 0
    while (at < bytes.length && back[at] === bytes[at]) at++
    same([back.length, at], [bytes.length, bytes.length])
    same(plain(await log.last()), [1])
  },
  'reads what was there when it was asked, whatever is appended meanwhile': async (log) => {
    await appendAll(log, [0, 1, 2])
    const seen: number[] = []
    for await (const batch of log.read(0)) {
      await log.append(commitAt(3 + seen.length))
      seen.push(...batch.map(({ first }) => first))
    }
    same(seen.slice(0, 3), [0, 1, 2])
    same(
      seen,
      [...seen].sort((a, b) => a - b),
    )
  },
  'can be appended to and closed after a reader that stopped early': async (log) => {
    await appendAll(log, [0, 1])
    for await (const batch of log.read(0)) {
      same(batch.length > 0, true)
      break
    }
    await log.append(commitAt(2))
    same((await log.last())?.first, 2)
  },
  'keeps what it was given, whoever writes into those bytes later': async (log) => {
    const given = [commitAt(0, 'as it was'), bytesOf('as it was'), key(0x10, 1)] as const
    await log.append(given[0], [{ key: given[2], value: given[1] }])
    for (const bytes of [given[0].bytes, given[1], given[2]]) bytes.fill(0)
    const read = [await log.last(), await log.at(0), ...(await collect(log.read(0))).flat()]
    const value = await log.entries.get(key(0x10, 1))
    for (const commit of read) same(plain(commit), plain(commitAt(0, 'as it was')))
    same([...(value ?? [])], [...bytesOf('as it was')])
    const scanned = await collect(log.entries.scan(key(0x10)))
    for (const bytes of [value, ...read.map((commit) => commit?.bytes)]) bytes?.fill(0)
    for (const entry of scanned) entry.value.fill(0)
    same(plain(await log.last()), plain(commitAt(0, 'as it was')))
    same(await valueAt(log, key(0x10, 1)), [...bytesOf('as it was')])
  },
}
