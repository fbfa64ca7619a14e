import { decodeHeader } from '../kernel/log/commit.ts'
import type { Salvaged } from '../kernel/log/salvage.ts'
import { base64Of } from './bytes.ts'

/** Reads a stretch of a file of the log. */
type BytesOf = (file: string, from: number, to: number) => Promise<Uint8Array>

/** What is cut, as lines of JSON, and how many whole commits are among it. */
export interface Quarantine {
  readonly lines: readonly string[]
  readonly cut: number
  /** The greatest epoch in which one of those commits was written. */
  readonly epoch: number
}

const line = (facts: object): string => `${JSON.stringify(facts)}\n`

/** Everything of a log that does not stay: whole commits beyond a hole, damaged ones, damaged stretches of files. */
export const quarantineOf = async (salvaged: Salvaged, bytesOf: BytesOf): Promise<Quarantine> => {
  const { log, head, damaged, faults } = salvaged
  const lines: string[] = []
  let cut = 0
  let epoch = head.epoch
  for await (const commits of log.read(head.next)) {
    for (const stored of commits) {
      if (stored.first < head.next) continue
      const header = decodeHeader(stored)
      cut += 1
      epoch = Math.max(epoch, header.epoch)
      const { first, count } = header
      lines.push(line({ kind: 'commit', first, count, bytes: base64Of(stored.bytes) }))
    }
  }
  for (const { first, file, bytes } of damaged) {
    lines.push(line({ kind: 'damaged', first, file, bytes: base64Of(bytes) }))
  }
  for (const { file, from, to } of faults) {
    lines.push(
      line({ kind: 'file', file, from, to, bytes: base64Of(await bytesOf(file, from, to)) }),
    )
  }
  return { lines, cut, epoch }
}
