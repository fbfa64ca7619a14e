import type { Group } from '../harness/claim.ts'
import { append } from './append.ts'
import { growth } from './growth.ts'
import { logBatch } from './log-batch.ts'
import { registry } from './registry.ts'
import { replay } from './replay.ts'
import { search } from './search.ts'

/** Every claim, in the order of the table. */
export const groups: readonly Group[] = [append, growth, logBatch, replay, registry, search]
