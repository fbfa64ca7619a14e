import { tokensOf } from '../../server/index.ts'
import type { CommandRun } from '../command.ts'
import { printList, timeText } from '../output/print.ts'
import { existingStore } from '../with-store.ts'

export const run: CommandRun = async ({ values }) => {
  const items = await tokensOf(await existingStore(values)).list()
  await printList(values, {
    name: 'tokens',
    items,
    columns: [
      ['id', ({ id }) => id],
      ['actor', ({ actor }) => actor],
      ['scopes', ({ scopes }) => scopes.join(' ')],
      ['created', ({ createdAt }) => timeText(createdAt)],
      ['expires', ({ expiresAt }) => timeText(expiresAt)],
    ],
  })
  return undefined
}
