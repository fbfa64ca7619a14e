import type { Endpoint } from '../endpoint.ts'
import { lifecycleEndpoints } from './lifecycle.ts'
import { linkEndpoints } from './links.ts'
import { logEndpoints } from './log.ts'
import { searchRuns } from './search-runs.ts'

export const runEndpoints: readonly Endpoint[] = [
  ...lifecycleEndpoints,
  ...logEndpoints,
  ...linkEndpoints,
  searchRuns,
]
