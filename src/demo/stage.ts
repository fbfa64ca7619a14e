import { setImmediate } from 'node:timers/promises'
import type { Varve } from '../index.ts'

/** What every chapter of the demo works with. */
export interface Stage {
  readonly varve: Varve
  readonly print: (text?: string) => void
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** Names that the store is asked about afterwards, here and in the README. */
export const experiment = 'penguins'
export const model = 'penguin-sex'

/** Lets Ctrl-C be noticed between two pieces of work. */
export const breathe = async (signal: AbortSignal): Promise<void> => {
  await setImmediate()
  signal.throwIfAborted()
}

/** Prints the heading of a chapter. */
export const chapter = ({ print }: Stage, title: string): void => {
  print()
  print(title)
  print('─'.repeat(title.length))
}

/** `2026-11-14 09:30:00.000`, in UTC. */
export const time = (at: number): string =>
  new Date(at).toISOString().replace('T', ' ').replace('Z', '')

/** A metric with four digits after the point. */
export const four = (value: number | undefined): string => (value ?? Number.NaN).toFixed(4)
