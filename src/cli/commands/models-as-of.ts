import type { CurrentVersion, RegistryView } from '../../registry/index.ts'
import type { CommandRun } from '../command.ts'
import { printList, timeText } from '../output/print.ts'
import { whenOf } from '../values.ts'
import { withStore } from '../with-store.ts'

/** Everything that stages and aliases of a model stand for. */
const standing = async (
  registry: RegistryView,
  name: string,
): Promise<readonly CurrentVersion[]> => {
  const { current, aliases } = await registry.get(name)
  const places = [...Object.keys(current), ...Object.keys(aliases).map((alias) => `@${alias}`)]
  const found = await Promise.all(places.map((place) => registry.current(name, place)))
  return found.filter((version) => version !== undefined)
}

export const run: CommandRun = async ({ args: [moment = 'now', model], values }) => {
  const items = await withStore(values, async (varve) => {
    const { registry } = varve.asOf(whenOf(moment))
    const names = model === undefined ? (await registry.list()).map(({ name }) => name) : [model]
    return (await Promise.all(names.map((name) => standing(registry, name)))).flat()
  })
  await printList(values, {
    name: 'current',
    items,
    columns: [
      ['model', (current) => current.model],
      ['place', ({ stage, alias }) => stage ?? `@${alias ?? ''}`],
      ['version', ({ version }) => version],
      ['since', ({ since }) => timeText(since)],
      ['by', ({ by }) => by],
      ['why', ({ comment }) => comment],
    ],
  })
  return undefined
}
