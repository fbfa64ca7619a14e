import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '../../kernel/errors.ts'
import { open } from '../../open.ts'
import type { CommandRun } from '../command.ts'
import { cliError } from '../errors.ts'
import { printFacts } from '../output/print.ts'
import { hasStore, storeFolder } from '../with-store.ts'

interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly says: string
}

const finding = (check: string, ok: boolean, says: string): Finding => ({ check, ok, says })

const mayWrite = async (folder: string): Promise<boolean> =>
  await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )

/** Below this, an import may fill the disk. */
const littleRoom = 256 * 1024 * 1024

const roomAt = async (folder: string): Promise<Finding> => {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  return finding('room', free > littleRoom, `${Math.round(free / 1024 / 1024)} MiB free`)
}

const opened = async (folder: string): Promise<Finding> => {
  try {
    await using varve = await open(folder)
    const { events, durability } = await varve.log.info()
    return finding('opens', true, `${events} events, durability ${durability}`)
  } catch (error) {
    const held = codeOf(error) === 'LOG_LOCKED'
    return finding('opens', held, error instanceof Error ? error.message : String(error))
  }
}

const findings = async (folder: string): Promise<readonly Finding[]> => {
  const found = [finding('node', true, process.version)]
  if (!(await hasStore(folder))) {
    const above = dirname(folder)
    return [
      ...found,
      finding('store', true, `none in ${folder} yet`),
      finding('rights', await mayWrite(above), `to make it in ${above}`),
    ]
  }
  return [
    ...found,
    finding('store', true, folder),
    finding('rights', await mayWrite(folder), `to write in ${folder}`),
    await roomAt(folder),
    await opened(folder),
  ]
}

export const run: CommandRun = async ({ values }) => {
  const found = await findings(storeFolder(values))
  await printFacts(
    values,
    { findings: found },
    found.map(({ check, ok, says }) => [check, `${ok ? 'ok' : 'NOT OK'}  ${says}`] as const),
  )
  const wrong = found.filter(({ ok }) => !ok)
  if (wrong.length === 0) return undefined
  throw cliError(
    'NOT_INTACT',
    `Not as it should be: ${wrong.map(({ check }) => check).join(', ')}.`,
  )
}
