export {
  createHandler,
  type Handler,
  type HandlerOptions,
  type Identity,
} from './create-handler.ts'
export { type ServeOptions, serve, type VarveServer } from './serve.node.ts'
