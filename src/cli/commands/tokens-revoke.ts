import { tokensOf } from '../../server/index.ts'
import type { CommandRun } from '../command.ts'
import { cliError } from '../errors.ts'
import { tell } from '../io.ts'
import { existingStore } from '../with-store.ts'

export const run: CommandRun = async ({ args: [id = ''], values }) => {
  if (!(await tokensOf(await existingStore(values)).revoke(id)))
    throw cliError('TOKEN_NOT_FOUND', `No token has the id ${id}.`, { data: { id } })
  tell(`The token ${id} is taken back.`)
  return undefined
}
