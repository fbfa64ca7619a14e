import type { CommandSpec } from '../command.ts'
import { modelCommands, runCommands } from './ask.ts'
import { serverCommands } from './server.ts'
import { ownCommands, storeCommands } from './store.ts'

/** The whole tree. Each command is a file, which is loaded when it is run. */
export const commands: readonly CommandSpec[] = [
  ...serverCommands,
  ...runCommands,
  ...modelCommands,
  ...storeCommands,
  ...ownCommands,
]
