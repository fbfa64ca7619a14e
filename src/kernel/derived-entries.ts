import type { DerivedEntries } from './engine.ts'
import type { EventEngine } from './event-engine.ts'

/** What features derive from an engine's log, beside it. */
export const derivedEntries = (engine: EventEngine): DerivedEntries => {
  const { log, tail } = engine.source
  return {
    generation: () => tail.forgotten,
    get: (key) => log.entries.get(key),
    scan: (prefix) => log.entries.scan(prefix),
    update: (make) => engine.exclusive(async () => await log.entries.write(await make())),
  }
}
