import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { importArchive, importEvents } from '../../keeping/index.ts'
import type { CommandRun } from '../command.ts'
import { newStore, printCopy } from '../copied.ts'
import { cliError } from '../errors.ts'
import { interruption } from '../io.ts'

/** @throws `FILE_NOT_FOUND` */
const bytesOf = async (path: string): Promise<AsyncIterable<Buffer>> => {
  if (path === '-') return process.stdin
  if ((await stat(path).catch(() => undefined)) === undefined)
    throw cliError('FILE_NOT_FOUND', `There is no file ${path}.`, { data: { path } })
  return createReadStream(path)
}

/** The first bytes say what it is, and are read again with the rest. */
const peeked = async (
  bytes: AsyncIterable<Buffer>,
): Promise<{ readonly isText: boolean; readonly all: AsyncIterable<Buffer> }> => {
  const iterator = bytes[Symbol.asyncIterator]()
  const first = await iterator.next()
  async function* all(): AsyncGenerator<Buffer, void> {
    for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
  }
  return { isText: first.done !== true && first.value[0] === 0x7b, all: all() }
}

async function* decoded(bytes: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

export const run: CommandRun = async ({ args: [file = ''], values }) => {
  const to = newStore(values)
  const signal = interruption()
  const { isText, all } = await peeked(await bytesOf(file))
  const copy = isText
    ? await importEvents(decoded(all), to, { signal })
    : await importArchive(all, to, { signal })
  await printCopy(values, copy)
  return undefined
}
