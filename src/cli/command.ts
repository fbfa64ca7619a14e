import type { ExitCode } from './exit-codes.ts'
import type { Values } from './values.ts'

/** What a command is run with. */
export interface CommandCall {
  /** What was given without an option, in order; for a list, all of it. */
  readonly args: readonly string[]
  readonly values: Values
  /** All commands there are. */
  readonly tree: readonly CommandSpec[]
}

/** What a command does; it ends with 0 unless it says otherwise, or throws. */
export type CommandRun = (call: CommandCall) => Promise<ExitCode | undefined>

/** An option as people type it. */
export interface OptionSpec {
  /** `-p, --port <number>`, `--json`. */
  readonly flags: string
  readonly about: string
  /** Said of it in the help; the command itself fills it in. */
  readonly default?: string
  readonly choices?: readonly string[]
  /** May be given several times. */
  readonly many?: true
  /** A flag of another program's that is understood; it is not in the help. */
  readonly hidden?: true
}

/** Options that many commands share. */
export type OptionGroup = 'store' | 'as-of' | 'list' | 'json'

/** A command of the tree. Its code is loaded when it is run. */
export interface CommandSpec {
  /** Words, as they are typed: `runs ls`. */
  readonly name: string
  /** `<id>`, `[model]`, `<ids...>`, each with what it is. */
  readonly args?: Readonly<Record<string, string>>
  readonly about: string
  readonly groups?: readonly OptionGroup[]
  readonly options?: readonly OptionSpec[]
  /** Lines to type. */
  readonly examples?: readonly string[]
  readonly load: () => Promise<{ readonly run: CommandRun }>
}
