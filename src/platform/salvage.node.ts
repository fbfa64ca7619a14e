import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { journalDamage, journalItems } from '../kernel/log/level-files/journal.ts'
import { listedIn } from '../kernel/log/level-files/manifest.ts'
import { tableItems } from '../kernel/log/level-files/table.ts'
import { entriesOfBatch } from '../kernel/log/level-files/write-batch.ts'
import type { FileItem } from '../kernel/log/salvage.ts'
import type { ScratchFolder } from './platform.ts'

const numberOf = (name: string): number => Number.parseInt(name, 10)

/**
 * Reads the files of a LevelDB as they lie there, one after the other, and gives what can be made out in them. It
 * needs neither LevelDB, which would write, nor a list of tables that is whole.
 */
export async function* databaseFiles(log: string): AsyncGenerator<FileItem> {
  const names = (await readdir(log)).filter((name) => /^\d+\.(?:ldb|sst|log)$/.test(name))
  const list = await listOf(log)
  if (list.fault !== undefined) yield list.fault
  names.sort((a, b) => numberOf(a) - numberOf(b))
  const last = names.findLast((name) => name.endsWith('.log'))
  for (const file of names) {
    const bytes = await readFile(join(log, file)).catch(() => undefined)
    if (bytes === undefined) yield { file, gap: { from: 0, to: await sizeOf(join(log, file)) } }
    else if (!file.endsWith('.log')) yield* ofTable(file, bytes)
    else if (numberOf(file) >= list.oldest) yield* ofJournal(file, bytes, file === last)
  }
}

function* ofTable(file: string, bytes: Uint8Array): Generator<FileItem> {
  for (const item of tableItems(bytes)) yield { file, ...item }
}

function* ofJournal(file: string, bytes: Uint8Array, last: boolean): Generator<FileItem> {
  for (const item of journalItems(bytes)) {
    if ('record' in item) {
      for (const entry of entriesOfBatch(item.record)) yield { file, entry }
      // A torn end is what a crash leaves of a write that never finished.
    } else if (!last || item.gap.to < bytes.length) yield { file, gap: item.gap }
  }
}

/** The oldest log that is not in tables, and what is wrong with the list of them. */
interface List {
  readonly oldest: number
  readonly fault: FileItem | undefined
}

/** Without a list that can be read, no log is known to be in tables. */
const listOf = async (log: string): Promise<List> => {
  const current = await readFile(join(log, 'CURRENT'), 'utf8').catch(() => '')
  const file = current.trim()
  const manifest = /^MANIFEST-\d+$/.test(file)
    ? await readFile(join(log, file)).catch(() => undefined)
    : undefined
  if (manifest === undefined) {
    return { oldest: 0, fault: { file: 'CURRENT', gap: { from: 0, to: current.length } } }
  }
  const gap = journalDamage(manifest, true)
  return {
    oldest: listedIn(manifest).oldestLog,
    fault: gap === undefined ? undefined : { file, gap },
  }
}

const sizeOf = async (path: string): Promise<number> =>
  (await stat(path).catch(() => undefined))?.size ?? 0

/** Makes a folder outside of any store, for as long as it is needed. */
export const scratchFolder = async (): Promise<ScratchFolder> => {
  const path = await mkdtemp(join(tmpdir(), 'varve-'))
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true })
    },
  }
}
