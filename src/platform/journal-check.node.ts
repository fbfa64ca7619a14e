import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { journalDamage } from '../kernel/log/level-files/journal.ts'
import { listedIn } from '../kernel/log/level-files/manifest.ts'
import type { JournalFault } from './platform.ts'

/**
 * Looks for damage in what LevelDB rewrites as soon as it is opened: its list of tables, and the logs of the newest
 * writes. LevelDB itself drops what is damaged there without a word, and then the evidence with it.
 *
 * A torn end is no damage: that is what a crash leaves. Nothing is written. The cost follows the size of those
 * files, which is a few MiB however long the history is.
 */
export const journalFault = async (log: string): Promise<JournalFault | undefined> => {
  const names = await readdir(log).catch((): string[] => [])
  const current = await bytesOf(log, 'CURRENT')
  if (current === undefined) return undefined
  const name = new TextDecoder().decode(current).trim()
  const manifest = await bytesOf(log, name)
  // LevelDB says by itself that its list is gone.
  if (manifest === undefined) return undefined
  const damage = journalDamage(manifest, true)
  if (damage !== undefined) return { file: name, ...damage }
  return await logFault(log, logsIn(names, listedIn(manifest).oldestLog))
}

const logFault = async (
  log: string,
  names: readonly string[],
): Promise<JournalFault | undefined> => {
  let last = true
  for (const name of names.toReversed()) {
    const bytes = (await bytesOf(log, name)) ?? new Uint8Array(0)
    const damage = journalDamage(bytes, last)
    if (damage !== undefined) return { file: name, ...damage }
    // Nothing follows a log but one in which something was written.
    if (bytes.length > 0) last = false
  }
  return undefined
}

/** The logs that LevelDB will read, oldest first. */
const logsIn = (names: readonly string[], oldest: number): readonly string[] =>
  names
    .filter((name) => /^\d+\.log$/.test(name) && Number.parseInt(name, 10) >= oldest)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))

/** A file that is not there, or is no file, is LevelDB's to complain of; so is one that cannot be read. */
const bytesOf = (folder: string, name: string): Promise<Uint8Array | undefined> =>
  readFile(join(folder, name)).catch(() => undefined)
