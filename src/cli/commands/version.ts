import { readFile } from 'node:fs/promises'
import type { CommandRun } from '../command.ts'
import { printFacts } from '../output/print.ts'

export const run: CommandRun = async ({ values }) => {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
  const { version }: { readonly version: string } = JSON.parse(text)
  const node = process.version
  const platform = `${process.platform} ${process.arch}`
  await printFacts(values, { version, node, platform }, [
    ['varve', version],
    ['node', node],
    ['platform', platform],
  ])
  return undefined
}
