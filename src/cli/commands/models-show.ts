import type { ModelVersion } from '../../registry/index.ts'
import type { CommandRun } from '../command.ts'
import { printFacts, printJson, printList, timeText } from '../output/print.ts'
import { type Values, versionOf } from '../values.ts'
import { withView } from '../with-store.ts'

const showVersion = async (values: Values, version: ModelVersion): Promise<void> =>
  await printFacts(values, { version }, [
    ['model', version.model],
    ['version', version.version],
    ['stage', version.stage],
    ['aliases', version.aliases.join(', ') || undefined],
    ['description', version.description],
    ['run', version.run],
    ['path', version.path],
    ['source', version.source],
    ['digest', version.digest],
    ['logged model', version.loggedModel],
    ['user', version.user],
    ['created', timeText(version.createdTime)],
    ...Object.entries(version.tags).map(([key, value]) => [`tags.${key}`, value] as const),
  ])

export const run: CommandRun = async ({ args: [name = '', number], values }) => {
  await withView(values, async ({ registry }) => {
    if (number !== undefined) {
      const version = await registry.version(name, versionOf(number))
      return await showVersion(values, version)
    }
    const [model, versions] = [await registry.get(name), await registry.versions(name)]
    if (values.flag('json') || values.text('format') === 'json')
      return await printJson({ model, versions })
    await printList(values, {
      name: 'versions',
      items: versions,
      columns: [
        ['version', ({ version }) => version],
        ['stage', ({ stage }) => stage],
        ['aliases', ({ aliases }) => aliases.join(', ')],
        ['run', (version) => version.run],
        ['source', ({ source }) => source],
        ['user', ({ user }) => user],
        ['created', ({ createdTime }) => timeText(createdTime)],
      ],
    })
  })
  return undefined
}
