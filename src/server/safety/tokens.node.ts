import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { storePath } from '#platform'
import { checked } from '../../kernel/check.ts'
import { codeOf } from '../../kernel/errors.ts'
import type { Authenticated } from './authenticate.ts'
import { type Scope, scopes } from './needs.ts'

/** A token as it is known: never its secret. */
export interface Token {
  /** Names it to `revoke`; a part of the token itself. */
  readonly id: string
  /** Who it speaks for: the actor of what is written with it, and its user in Basic authentication. */
  readonly actor: string
  readonly scopes: readonly Scope[]
  /** Ms since the epoch. */
  readonly createdAt: number
  /** Ms since the epoch; never unless given. */
  readonly expiresAt?: number
}

export interface NewToken {
  readonly actor: string
  readonly scopes: readonly Scope[]
  /** Ms since the epoch. */
  readonly expiresAt?: number
}

/** The tokens of a store, which any process may make and revoke while a server holds the store. */
export interface Tokens {
  /** Makes a token; its secret is shown here and never again. @throws `INVALID_VALUE` */
  create(token: NewToken): Promise<Token & { readonly secret: string }>
  /** Those there are, oldest first; expired ones too. */
  list(): Promise<readonly Token[]>
  /** Takes a token back, at once; `false` where there is none. */
  revoke(id: string): Promise<boolean>
  /** Who a secret speaks for; `undefined` for one that is not known, revoked or expired. */
  authenticate(secret: string): Promise<Authenticated | undefined>
}

const newToken = v.strictObject({
  actor: v.pipe(
    v.string(),
    // A colon ends the user in Basic authentication, and what prints tokens prints lines.
    v.regex(/^[^:\p{Cc}]{1,200}$/u, 'Expected 1 to 200 characters without a colon'),
  ),
  scopes: v.pipe(v.array(v.picklist(scopes)), v.minLength(1)),
  expiresAt: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})

const record = v.object({
  ...newToken.entries,
  id: v.string(),
  createdAt: v.number(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
})

const ID = /^[0-9a-f]{12}$/
const SECRET = /^varve_([0-9a-f]{12})_[\w-]{43}$/

/** A secret of 256 random bits cannot be guessed from its hash: no slow hash is needed, as for passwords. */
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

const isPast = (expiresAt: number | undefined): boolean =>
  expiresAt !== undefined && expiresAt <= Date.now()

/**
 * The tokens of the store in a folder: a file each, beside the log. They are no part of history, so that copies and
 * exports of a store carry no keys to it.
 */
export const tokensOf = (store: string): Tokens => {
  const folder = storePath(store, 'tokens')
  const fileOf = (id: string): string => join(folder, `${id}.json`)

  const find = async (id: string): Promise<v.InferOutput<typeof record> | undefined> => {
    try {
      const found = v.safeParse(record, JSON.parse(await readFile(fileOf(id), 'utf8')))
      return found.success ? found.output : undefined
    } catch (error) {
      // A file that is being written, or was damaged, opens nothing.
      if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
      throw error
    }
  }

  return {
    create: async (given) => {
      const { expiresAt, ...token } = checked(newToken, given, 'tokens.create')
      const id = randomBytes(6).toString('hex')
      const secret = `varve_${id}_${randomBytes(32).toString('base64url')}`
      const made = {
        id,
        ...token,
        createdAt: Date.now(),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      }
      const sha256 = hashOf(secret).toString('hex')
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const text = `${JSON.stringify({ ...made, sha256 })}\n`
      await writeFile(fileOf(id), text, { flag: 'wx', mode: 0o600 })
      return { ...made, secret }
    },
    list: async () => {
      const names = await readdir(folder).catch((error: unknown): string[] => {
        if (codeOf(error) === 'ENOENT') return []
        throw error
      })
      const ids = names.map((name) => name.replace(/\.json$/, '')).filter((id) => ID.test(id))
      const found = await Promise.all(ids.map(find))
      return found
        .flatMap((token) => (token === undefined ? [] : [publicOf(token)]))
        .sort((a, b) => a.createdAt - b.createdAt || a.id.localeCompare(b.id))
    },
    revoke: async (id) => {
      if (!ID.test(id) || (await find(id)) === undefined) return false
      await rm(fileOf(id), { force: true })
      return true
    },
    authenticate: async (secret) => {
      const id = SECRET.exec(secret)?.[1]
      const found = id === undefined ? undefined : await find(id)
      if (found === undefined || isPast(found.expiresAt)) return undefined
      if (!timingSafeEqual(hashOf(secret), Buffer.from(found.sha256, 'hex'))) return undefined
      return { actor: found.actor, scopes: found.scopes }
    },
  }
}

const publicOf = ({
  id,
  actor,
  scopes: held,
  createdAt,
  expiresAt,
}: v.InferOutput<typeof record>): Token => ({
  id,
  actor,
  scopes: held,
  createdAt,
  ...(expiresAt === undefined ? {} : { expiresAt }),
})
