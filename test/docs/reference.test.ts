import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { artifactEvents } from '../../src/artifacts/events.ts'
import { defineEvents } from '../../src/kernel/events/define-events.ts'
import { logEvents } from '../../src/kernel/events/log-events.ts'
import { payloadEvents } from '../../src/kernel/events/payload-events.ts'
import { loggedModelEvents } from '../../src/logged-models/events.ts'
import { registryEvents } from '../../src/registry/events.ts'
import { trackingEvents } from '../../src/tracking/events.ts'
import { root } from './built-package.ts'
import { eventsReference } from './events-reference.ts'

describe('docs/reference/events.md', () => {
  it('is what the schemas say (`npm run docs:reference` rewrites it)', async () => {
    const page = eventsReference([
      ...trackingEvents,
      ...registryEvents,
      ...loggedModelEvents,
      ...artifactEvents,
      logEvents,
      payloadEvents,
    ])
    await expect(page).toMatchFileSnapshot(join(root, 'docs/reference/events.md'))
  })

  it('shows each field with its type, its rules and whether it may be left out', () => {
    const family = defineEvents('thing', {
      made: {
        version: 2,
        about: 'A thing was made.',
        data: v.object({
          name: v.pipe(v.string(), v.minLength(1)),
          size: v.optional(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))),
          kind: v.array(v.picklist(['a', 'b'])),
          pairs: v.array(v.tuple([v.string(), v.boolean()])),
          parts: v.object({ digest: v.optional(v.string()), bytes: v.instance(Uint8Array) }),
        }),
      },
    })
    const page = eventsReference([family])
    expect(page.slice(page.indexOf('## thing'))).toBe(`## thing

### thing.made

A thing was made. Version 2.

| field | type | |
|---|---|---|
| \`name\` | \`string\` | not empty |
| \`size\` | \`number \\| null\` | optional, whole, at least 0 |
| \`kind\` | \`('a' \\| 'b')[]\` |  |
| \`pairs\` | \`[string, boolean][]\` |  |
| \`parts\` | \`{ digest?: string; bytes: Uint8Array }\` |  |
`)
  })

  it('refuses a type that says nothing about itself, and a schema that it has no words for', () => {
    const silent = defineEvents('thing', { made: { version: 1, data: v.object({}) } })
    expect(() => eventsReference([silent])).toThrow('thing.made says nothing about itself')
    const odd = v.object({ at: v.date() })
    const strange = defineEvents('thing', { made: { version: 1, about: 'Made.', data: odd } })
    expect(() => eventsReference([strange])).toThrow('no word for a schema of type date')
  })
})
