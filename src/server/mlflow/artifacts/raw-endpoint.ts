import type { Call, Endpoint } from '../endpoint.ts'
import type { ArtifactParts } from './parts.ts'

/** A request about artifacts, being answered. */
export interface ArtifactCall {
  readonly call: Call
  readonly request: Request
  readonly parts: ArtifactParts
}

/** An endpoint that is given the request itself: its body may be of any size, and is not read before. */
export interface RawEndpoint extends Omit<Endpoint, 'answer'> {
  /** Whether its path stands at the root, and not below `/api/2.0`. */
  readonly atRoot?: true
  readonly handle: (given: ArtifactCall) => Promise<Response>
}

/** The query of a request. */
export const queryOf = ({ request }: ArtifactCall): URLSearchParams =>
  new URL(request.url).searchParams
