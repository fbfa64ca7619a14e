import { createHash } from 'node:crypto'
import { mkdir, realpath, stat } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, type DomainError, kernelError } from '../kernel/errors.ts'
import { fence } from './own-path.node.ts'
import {
  forgetOwner,
  isAlive,
  isOwner,
  ownerOf,
  ownRecord,
  recordOwner,
  successionMs,
} from './owner-file.node.ts'
import type { Owner, OwnerGuard } from './platform.ts'

const answerMs = 500
const attempts = 5

/**
 * Takes exclusive ownership of a folder among all processes of this machine, making the folder when needed.
 *
 * On Linux the holder listens on an abstract socket, on Windows on a named pipe, named after the folder
 * itself, so that other spellings of its path meet in one name. The system frees both the moment the
 * process ends, however it ends: nothing is ever left over. Elsewhere, and between containers with networks
 * of their own, the lock of the database is what keeps others out.
 *
 * The guard never keeps a process alive. `owner.json` in the folder names the holder, for people; and when it was
 * replaced, the holder knows that it was deposed.
 *
 * @throws `LOG_LOCKED` when the folder is held, naming by whom, since when, and the way out;
 * `LOG_WRITE_FAILED` when the folder cannot be made.
 */
export const ownerGuard = async (folder: string): Promise<OwnerGuard> => {
  await makeFolder(folder)
  const owner: Owner = { pid: process.pid, host: hostname(), since: Date.now() }
  const address = await addressOf(folder)
  const server = address === undefined ? undefined : await hold(folder, { address, owner })
  await recordOwner(folder, { owner, exclusive: server !== undefined })
  const isOwn = ownRecord(folder)
  await fence(folder)
  await pause(successionMs)
  let released: Promise<void> | undefined
  const release = async (): Promise<void> => {
    await forgetOwner(folder, owner)
    if (server !== undefined) await closed(server)
  }
  return {
    owner,
    exclusive: server !== undefined,
    mayWrite: () => {
      if (!isOwn()) throw deposedError(folder, owner)
    },
    release: () => {
      released ??= release()
      return released
    },
  }
}

/**
 * Keeps owners out of a folder while it is read. Nothing is written: the folder may be one that cannot be.
 *
 * @throws `LOG_LOCKED`, `INVALID_VALUE` when there is no such folder
 */
export const readerGuard = async (folder: string): Promise<Pick<OwnerGuard, 'release'>> => {
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() !== true) {
    const message = `There is no store in ${folder}. Name the folder of one.`
    throw kernelError('INVALID_VALUE', message, { data: { folder } })
  }
  const owner: Owner = { pid: process.pid, host: hostname(), since: Date.now() }
  const address = await addressOf(folder)
  const server = address === undefined ? undefined : await hold(folder, { address, owner })
  const recorded = await ownerOf(folder)
  if (server === undefined && isAlive(recorded)) throw lockedError(folder, recorded)
  return {
    release: async () => {
      if (server !== undefined) await closed(server)
    },
  }
}

/** The error for a folder that is held, for guards and for databases with locks of their own. */
export const lockedError = (folder: string, owner: Owner | undefined): DomainError => {
  const way = 'Use that one, or close it and open again; a killed process frees the store at once.'
  if (owner === undefined) {
    const message = `The store ${folder} is held by another process, which did not say who it is. ${way}`
    return kernelError('LOG_LOCKED', message, { data: { folder } })
  }
  const { pid, host, since } = owner
  const whose = pid === process.pid && host === hostname() ? 'this process, ' : 'process '
  const message = `The store ${folder} is held by ${whose}${pid} on ${host}, since ${isoTime(since)}. ${way}`
  return kernelError('LOG_LOCKED', message, { data: { pid, host, since, folder } })
}

/** The error for a process that held a folder until another one took it by force. */
const deposedError = (folder: string, { pid, since }: Owner): DomainError =>
  kernelError(
    'LOG_DEPOSED',
    `The store ${folder} is no longer held by this process (${pid}, since ${isoTime(since)}): its owner.json was replaced or removed, as another process does that takes the store over. This process writes nothing more, and what it was just asked to write may be lost. Close it, and open the store again.`,
    { data: { folder, pid, since } },
  )

const isoTime = (time: number): string =>
  Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time)

const makeFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `The folder ${folder} could not be made (${why}). Choose another, or see to its permissions.`
    throw kernelError('LOG_WRITE_FAILED', message, { data: { folder, code: codeOf(cause) }, cause })
  }
}

/** Device and inode are one folder's, whichever path led to it. */
const addressOf = async (folder: string): Promise<string | undefined> => {
  if (process.platform !== 'linux' && process.platform !== 'win32') return undefined
  const { dev, ino } = await stat(await realpath(folder), { bigint: true })
  const name = `varve-${createHash('sha256').update(`${dev}:${ino}`).digest('hex')}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : `\0${name}`
}

interface Claim {
  readonly address: string
  readonly owner: Owner
}

/** Listens, or throws who already does. A holder that ends while it is asked leaves the place free. */
const hold = async (folder: string, claim: Claim): Promise<Server> => {
  for (let attempt = 1; ; attempt++) {
    const server = await listen(claim)
    if (server !== undefined) return server
    const holder = await ask(claim.address)
    const owner = typeof holder === 'string' ? await ownerOf(folder) : holder
    // One that says nothing and has written nothing down is on its way in or out.
    const isComing = holder === 'gone' || owner === undefined
    if (!isComing || attempt === attempts) throw lockedError(folder, owner)
  }
}

/** Gives a listening server, or `undefined` when the address is taken. */
const listen = ({ address, owner }: Claim): Promise<Server | undefined> =>
  new Promise((listening, failed) => {
    const line = `${JSON.stringify(owner)}\n`
    const server = createServer((socket) => tell(socket, line))
    server.unref()
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') listening(undefined)
      else failed(error)
    })
    // Exclusive, because workers of node:cluster would otherwise share one socket and all of them hold it.
    server.listen({ path: address, exclusive: true }, () => listening(server))
  })

const tell = (socket: Socket, line: string): void => {
  socket.unref()
  socket.on('error', () => socket.destroy())
  socket.end(line, () => socket.destroy())
}

/** A holder that is busy computing does not answer in time; one that just ended refuses. */
const ask = (address: string): Promise<Owner | 'silent' | 'gone'> =>
  new Promise((answer) => {
    let text = ''
    const socket = connect(address)
    socket.setEncoding('utf8')
    socket.setTimeout(answerMs, () => socket.destroy())
    socket.on('data', (part: string) => {
      text += part
      if (text.length > 4096) socket.destroy()
    })
    socket.on('error', (error) => {
      const code = codeOf(error)
      answer(code === 'ECONNREFUSED' || code === 'ENOENT' ? 'gone' : 'silent')
    })
    socket.on('close', () => answer(parseOwner(text)))
  })

const parseOwner = (text: string): Owner | 'silent' => {
  try {
    const value: unknown = JSON.parse(text)
    return isOwner(value) ? value : 'silent'
  } catch {
    return 'silent'
  }
}

const closed = (server: Server): Promise<void> =>
  new Promise((done) => {
    server.close(() => done())
  })
