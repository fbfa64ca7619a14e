import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { eventsOf } from '../../../test/laws/kernel-shop.ts'
import type { Command } from '../engine.ts'
import type { EventLog } from '../log/event-log.ts'
import { openMemoryLog } from '../log/memory-log.ts'
import { openEngine } from '../open-engine.ts'
import { onePart } from '../projections/parts.ts'
import { verifyEngine } from '../verify-engine.ts'
import { defineEvents } from './define-events.ts'
import type { RecordedEvent } from './event.ts'
import { EventTypes } from './event-types.ts'

const first = defineEvents('note', {
  taken: { version: 1, data: v.object({ text: v.string() }) },
})
/** Version 2 split the text into words; version 3 counts them. */
const third = defineEvents('note', {
  taken: {
    version: 3,
    data: v.object({ words: v.array(v.string()), count: v.number() }),
    upcast: {
      1: (data) => ({ words: v.parse(v.object({ text: v.string() }), data).text.split(' ') }),
      2: (data) => {
        const { words } = v.parse(v.object({ words: v.array(v.string()) }), data)
        return { words, count: words.length }
      },
    },
  },
})
const gap = defineEvents('note', {
  taken: { version: 3, data: v.unknown(), upcast: { 1: (data) => data } },
})

const counting = {
  name: 'words',
  version: 1,
  initial: () => ({ words: 0 }),
  handlers: {
    'note.taken': (
      state: { words: number },
      { data }: RecordedEvent<string, { count: number }>,
    ) => {
      state.words += data.count
    },
  },
  parts: onePart({
    save: ({ words }: { words: number }) => words,
    load: (state, saved) => {
      state.words = Number(saved)
    },
  }),
}

const open = (log: EventLog, family: typeof first | typeof third | typeof gap) =>
  openEngine({
    log,
    families: [family],
    projections: family === third ? [counting] : [],
    actor: 'ana',
  })
const decider = { open: () => undefined, evolve: () => undefined }
const take = (data: unknown): Command<undefined> => ({
  decider,
  decide: () => [{ stream: 'note:1', type: 'note.taken', data }],
})

describe('An event of an older version', () => {
  it('is read as the current one everywhere, and is never rewritten', async () => {
    const log = await openMemoryLog()
    const old = await open(log, first)
    await old.execute(take({ text: 'a b c' }))
    await old.close()
    const bytes = (await log.last())?.bytes

    const engine = await open(log, third)
    await engine.execute(take({ words: ['d'], count: 1 }))
    const expected = [
      { data: { words: ['a', 'b', 'c'], count: 3 }, schema: 3 },
      { data: { words: ['d'], count: 1 }, schema: 3 },
    ]
    expect(await engine.stream('note:1')).toMatchObject(expected)
    expect(await eventsOf(engine)).toMatchObject(expected)
    expect(engine.state(counting)).toEqual({ words: 4 })
    const user = await engine.project({
      name: 'texts',
      version: 1,
      initial: (): string[] => [],
      on: {
        'note.taken': (texts: string[], { data }: RecordedEvent<string, { words: string[] }>) => {
          texts.push(...data.words)
        },
      },
    })
    expect(user.state).toEqual(['a', 'b', 'c', 'd'])
    expect(await verifyEngine(engine, [counting])).toMatchObject({ broken: [] })
    expect((await log.at(0))?.bytes).toEqual(bytes)
  })

  it('that nothing reads as the current one is refused, with what to define', async () => {
    const log = await openMemoryLog()
    const old = await open(log, first)
    await old.execute(take({ text: 'a' }))
    await expect(open(log, gap)).rejects.toMatchObject({
      code: 'LOG_FORMAT',
      message:
        'note.taken@0 has version 2 and nothing reads it as 3. Define upcast[2] for note.taken.',
    })
  })

  it('of a type that nobody defines any more is given as it stands', async () => {
    const log = await openMemoryLog()
    const old = await open(log, first)
    await old.execute(take({ text: 'a' }))
    await old.close()
    const engine = await openEngine({ log, families: [], projections: [], actor: 'ana' })
    expect(await eventsOf(engine)).toMatchObject([{ type: 'note.taken', data: { text: 'a' } }])
    await expect(engine.execute(take({ text: 'b' }))).rejects.toMatchObject({
      code: 'UNKNOWN_EVENT_TYPE',
    })
  })
})

describe('Event types', () => {
  it('check data from outside, and say which field of which event is wrong', () => {
    const types = new EventTypes([first])
    expect(types.parse('note.taken', { text: 'a' })).toEqual({ text: 'a' })
    expect(() => types.parse('note.taken', { text: 7 })).toThrow(
      /^event note\.taken: "text" is 7\. .*Expected string/,
    )
  })

  it('name those of the same noun when one is unknown', () => {
    const types = new EventTypes([first])
    expect(() => types.versionOf('note.lost')).toThrow(/called note\.lost.*there are note\.taken/)
    expect(() => types.versionOf('lost')).toThrow(/Define it with defineEvents/)
    expect(() => types.versionOf('__proto__')).toThrow(/No event type is called __proto__/)
  })

  it('are defined once', () => {
    const types = new EventTypes([first])
    types.add(first)
    expect(() => types.add(third)).toThrow(/note\.taken is defined twice/)
    expect(types.names()).toEqual(['note.taken'])
  })

  it('refuse a schema that answers later', () => {
    const later = defineEvents('late', {
      come: {
        version: 1,
        data: v.pipeAsync(
          v.string(),
          v.checkAsync(async () => true),
        ),
      },
    })
    expect(() => new EventTypes([later]).parse('late.come', 'x')).toThrow(/asynchronous/)
  })
})
