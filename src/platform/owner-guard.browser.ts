import { type DomainError, kernelError } from '../kernel/errors.ts'
import { hostFacts } from './host-facts.browser.ts'
import type { Owner, OwnerGuard } from './platform.ts'

/** A page that is closed frees its locks before this; one that lives answers, unless it computes all the time. */
const patienceMs = 10_000

/**
 * Takes exclusive ownership of a store among all tabs and workers of this origin.
 *
 * The holder has a Web Lock, which the browser frees the moment its page is gone, however it went: nothing is ever
 * left over. Who wants the store waits in line for the lock and asks aloud who has it. An answer ends the waiting;
 * none comes from a page that is on its way out, so a reload gets the store that it had itself.
 *
 * @throws `LOG_LOCKED` when the store is held, naming the page and since when, and the way out; `UNSUPPORTED` where
 * the browser has no locks.
 */
export const ownerGuard = async (folder: string): Promise<OwnerGuard> => {
  const locks = locksHere()
  const owner: Owner = {
    pid: hostFacts().pid,
    host: hostFacts().host,
    since: Date.now(),
    page: location.href,
  }
  const name = `varve/${folder}`
  const channel = new BroadcastChannel(name)
  const giveUp = new AbortController()
  const hold = holdOf(locks, { name, signal: giveUp.signal })
  const free = await Promise.race([hold, answerTo(channel, giveUp.signal)])
  if (typeof free !== 'function') {
    giveUp.abort()
    channel.close()
    // The lock may have come free in the same moment; it is not taken then.
    hold.then((release) => release()).catch(() => undefined)
    throw lockedError(folder, free === 'silent' ? undefined : free)
  }
  giveUp.abort()
  channel.onmessage = ({ data }) => {
    if (data === question) channel.postMessage(owner)
  }
  // Whoever asked while nobody had it is still waiting.
  channel.postMessage(owner)
  let released: Promise<void> | undefined
  return {
    owner,
    exclusive: true,
    release: () => {
      channel.close()
      released ??= free()
      return released
    },
  }
}

/** Nobody writes down who holds a store: the holder says it itself. */
export const ownerOf = (_folder: string): Promise<Owner | undefined> => Promise.resolve(undefined)

/** The error for a store that another page, or a worker of one, holds. */
export const lockedError = (folder: string, owner: Owner | undefined): DomainError => {
  const way = 'Close that page and open again; a page that is gone frees the store at once.'
  if (owner === undefined) {
    const message = `The store ${folder} is held by another page of this origin, which did not say who it is. ${way}`
    return kernelError('LOG_LOCKED', message, { data: { folder } })
  }
  const since = new Date(owner.since).toISOString()
  const message = `The store ${folder} is held by the page ${owner.page ?? owner.host}, since ${since}. ${way}`
  return kernelError('LOG_LOCKED', message, { data: { ...owner, folder } })
}

const question = 'who holds it?'

const locksHere = (): LockManager => {
  // `unknown`: the compiler's browser has locks on every page; a real one has them on secure pages only.
  const locks: unknown = Reflect.get(navigator, 'locks')
  if (typeof locks === 'object' && locks !== null) return navigator.locks
  throw kernelError(
    'UNSUPPORTED',
    `The page ${location.origin} may not use Web Locks, without which two tabs could write at once. Serve it by https, or from localhost; or open({ memory: true }).`,
    { data: { what: 'navigator.locks', origin: location.origin } },
  )
}

interface Place {
  readonly name: string
  readonly signal: AbortSignal
}

/** Waits in line; gives what frees the lock again, and resolves when it is free. */
const holdOf = (locks: LockManager, { name, signal }: Place): Promise<() => Promise<void>> =>
  new Promise((granted, refused) => {
    let end: (() => void) | undefined
    const held = locks.request(name, { signal }, () => {
      const ended = new Promise<void>((resolve) => {
        end = resolve
      })
      granted(async () => {
        end?.()
        await held
      })
      return ended
    })
    held.catch(refused)
  })

/** Asks who holds the store. The caller says when it no longer matters. */
const answerTo = (channel: BroadcastChannel, signal: AbortSignal): Promise<Owner | 'silent'> =>
  new Promise((answered) => {
    const timer = setTimeout(() => answered('silent'), patienceMs)
    signal.addEventListener('abort', () => clearTimeout(timer))
    channel.onmessage = ({ data }) => {
      if (isOwner(data)) answered(data)
    }
    channel.postMessage(question)
  })

const isOwner = (value: unknown): value is Owner =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  typeof value.pid === 'number' &&
  'host' in value &&
  typeof value.host === 'string' &&
  'since' in value &&
  Number.isSafeInteger(value.since)
