import { arch, hostname, platform, userInfo } from 'node:os'
import { relative, sep } from 'node:path'
import type { HostFacts } from './platform.ts'

let known: HostFacts | undefined

/** Tells who and what runs. Read once in a process; later calls cost nothing. */
export const hostFacts = (): HostFacts => {
  known ??= Object.freeze(readFacts())
  return known
}

const readFacts = (): HostFacts => ({
  user: userName(),
  host: hostname(),
  platform: `${platform()} ${arch()}`,
  runtime: `node ${process.version}`,
  ...entryPoint(process.argv[1]),
  pid: process.pid,
})

/** A container may run under a number that no user file knows; then the system call throws. */
const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return process.env['USER'] ?? process.env['USERNAME'] ?? 'unknown'
  }
}

const entryPoint = (file: string | undefined): { entryPoint?: string } =>
  file === undefined || file === ''
    ? {}
    : { entryPoint: relative(process.cwd(), file).split(sep).join('/') }
