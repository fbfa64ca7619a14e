/** The rights that a token may hold. */
export const scopes = ['read', 'write', 'approve', 'admin'] as const

export type Scope = (typeof scopes)[number]

/** What a request must be allowed to do; `nothing` is open to everybody. */
export type Need = 'nothing' | 'read' | 'write' | 'approve'

/** A request, as far as its rights are concerned. */
export interface Asked {
  readonly need: Need
  /** The moment that it asks about, as its path says it, where that is not the present. */
  readonly asOf?: string
}

const open = new Set(['/health', '/version', '/livez', '/readyz'])

/** MLflow asks these questions with POST. What is not here is taken for a write. */
const readingPosts = new Set([
  '/mlflow/experiments/search',
  '/mlflow/experiments/search-datasets',
  '/mlflow/logged-models/search',
  '/mlflow/registered-models/get-latest-versions',
  '/mlflow/runs/search',
])

/** Moves that a reviewer makes. */
const approvals = new Set([
  'POST /mlflow/model-versions/transition-stage',
  'POST /mlflow/registered-models/alias',
  'DELETE /mlflow/registered-models/alias',
])

const AS_OF = /^\/as-of\/([^/]+)(\/.*)$/
const VERSION = /^\/(?:ajax-)?api\/[23]\.0(?=\/)/

const needAt = (method: string, path: string): Need => {
  if (method === 'OPTIONS' || open.has(path)) return 'nothing'
  if (method === 'GET' || method === 'HEAD') return 'read'
  const endpoint = path.replace(VERSION, '')
  if (method === 'POST' && readingPosts.has(endpoint)) return 'read'
  return approvals.has(`${method} ${endpoint}`) ? 'approve' : 'write'
}

/** @param path - Below the base path, as it was sent: a spelling that is not known counts as a write. */
export const askedBy = (method: string, path: string): Asked => {
  const past = AS_OF.exec(path)
  if (past === null) return { need: needAt(method, path) }
  const [, asOf = '', rest = ''] = past
  return { need: needAt(method, rest), asOf }
}

const rights: Readonly<Record<Scope, readonly Need[]>> = {
  read: ['read'],
  approve: ['read', 'approve'],
  write: ['read', 'write', 'approve'],
  admin: ['read', 'write', 'approve'],
}

/** Whether one of the scopes covers what a request needs. */
export const covers = (held: readonly Scope[], need: Need): boolean =>
  need === 'nothing' || held.some((scope) => rights[scope].includes(need))
