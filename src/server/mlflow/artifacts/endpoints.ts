import type { Endpoint } from '../endpoint.ts'
import { modelFileEndpoints } from './model-files.ts'
import { proxyEndpoints } from './proxy.ts'
import type { RawEndpoint } from './raw-endpoint.ts'
import { runFileEndpoints } from './run-files.ts'
import { presignedPart, transferEndpoints } from './transfers.ts'

/** The endpoints of artifacts that are given the request itself. */
export const rawArtifactEndpoints: readonly RawEndpoint[] = [
  ...proxyEndpoints,
  ...runFileEndpoints,
  ...modelFileEndpoints,
  presignedPart,
]

export const artifactEndpoints: readonly Endpoint[] = transferEndpoints
