export {
  createHandler,
  type Handler,
  type HandlerOptions,
  type Identity,
} from './create-handler.ts'
export type { Answered } from './operations/observed.ts'
export type { Authenticate, Authenticated } from './safety/authenticate.ts'
export { type Scope, scopes } from './safety/needs.ts'
export { type NewToken, type Token, type Tokens, tokensOf } from './safety/tokens.node.ts'
export { type ServeOptions, serve, type VarveServer } from './serve.node.ts'
