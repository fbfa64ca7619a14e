import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import * as v from 'valibot'
import type { Command, Decider } from '../../src/kernel/engine.ts'
import { kernelError } from '../../src/kernel/errors.ts'
import type { EventEngine } from '../../src/kernel/event-engine.ts'
import { defineEvents } from '../../src/kernel/events/define-events.ts'
import type { NewEvent, RecordedEvent } from '../../src/kernel/events/event.ts'
import type { EventLog } from '../../src/kernel/log/event-log.ts'
import { openLevelLog } from '../../src/kernel/log/level-log.ts'
import { type EngineOptions, openEngine } from '../../src/kernel/open-engine.ts'
import { onePart } from '../../src/kernel/projections/parts.ts'
import type { Projection } from '../../src/kernel/projections/projection.ts'
import { savedParts } from '../../src/testing/saved-parts.ts'

/** A domain that the kernel knows nothing of: carts that are filled and closed, and a noisy scale. */
const cartEvents = defineEvents('cart', {
  opened: { version: 1, data: v.object({ owner: v.string() }) },
  added: { version: 1, data: v.object({ item: v.string(), count: v.number() }) },
  closed: { version: 1, data: v.object({}) },
})
const scaleEvents = defineEvents('scale', {
  weighed: { version: 1, data: v.object({ grams: v.instance(Float64Array) }) },
})
export const families = [cartEvents, scaleEvents] as const

interface Cart {
  readonly owner: string
  readonly items: Map<string, number>
  closed: boolean
}
type Carts = Map<string, Cart>

const fold = {
  'cart.opened': (carts: Carts, { stream, data }: RecordedEvent<string, { owner: string }>) => {
    carts.set(stream, { owner: data.owner, items: new Map(), closed: false })
  },
  'cart.added': (
    carts: Carts,
    { stream, data }: RecordedEvent<string, { item: string; count: number }>,
  ) => {
    const items = carts.get(stream)?.items
    items?.set(data.item, (items.get(data.item) ?? 0) + data.count)
  },
  'cart.closed': (carts: Carts, { stream }: RecordedEvent) => {
    const cart = carts.get(stream)
    if (cart !== undefined) cart.closed = true
  },
}

export const cartsProjection: Projection<Carts> = {
  name: 'carts',
  version: 1,
  initial: () => new Map(),
  handlers: fold,
  parts: onePart({
    save: (carts) =>
      [...carts].map(([name, { owner, items, closed }]) => [name, owner, [...items], closed]),
    load: (carts, saved) => {
      const all = saved as [string, string, [string, number][], boolean][]
      for (const [name, owner, items, closed] of all)
        carts.set(name, { owner, items: new Map(items), closed })
    },
  }),
}

interface Scale {
  count: number
  readonly last: Float64Array
}

export const scaleProjection: Projection<Scale> = {
  name: 'scale',
  version: 1,
  initial: () => ({ count: 0, last: new Float64Array(1) }),
  handlers: {
    'scale.weighed': (scale: Scale, { data }: RecordedEvent<string, { grams: Float64Array }>) => {
      scale.count += data.grams.length
      scale.last[0] = data.grams.at(-1) ?? 0
    },
  },
  parts: onePart({
    save: ({ count, last }) => [count, last],
    load: (scale, saved) => {
      const [count, last] = saved as [number, Float64Array]
      scale.count = count
      scale.last.set(last)
    },
  }),
}

export const projections = [cartsProjection, scaleProjection]

export interface Shop {
  readonly engine: EventEngine
  readonly carts: Decider<Carts>
  readonly scale: Decider<undefined>
}

/** Opens the engine of a shop on a log. */
export const openShop = async (
  log: EventLog,
  options: Partial<Omit<EngineOptions, 'log'>> = {},
): Promise<Shop> => {
  const engine = await openEngine({ log, families, projections, actor: 'ana', ...options })
  const carts: Decider<Carts> = {
    // Decisions of one commit see each other: the overlay is a copy.
    open: () =>
      new Map(
        [...engine.state(cartsProjection)].map(([name, cart]) => [
          name,
          { ...cart, items: new Map(cart.items) },
        ]),
      ),
    evolve: (state, event) => {
      const handler = Reflect.get(fold, event.type) as (state: Carts, event: unknown) => void
      handler(state, event)
    },
  }
  return { engine, carts, scale: { open: () => undefined, evolve: () => undefined } }
}

const openCarts = (carts: Carts, name: string): Cart => {
  const cart = carts.get(name)
  if (cart === undefined) throw kernelError('INVALID_VALUE', `There is no cart ${name}.`)
  if (cart.closed) throw kernelError('READ_ONLY', `The cart ${name} is closed.`)
  return cart
}

type Options = Command<Carts>['options']
const command = (
  { carts }: Shop,
  request: unknown,
  rest: {
    decide: (state: Carts) => readonly NewEvent[]
    options?: Options
  },
): Command<Carts> => ({
  decider: carts,
  request,
  decide: rest.decide,
  ...(rest.options === undefined ? {} : { options: rest.options }),
})

/** The commands of the shop. */
export const open = (shop: Shop, name: string, options?: Options): Command<Carts> =>
  command(shop, ['open', name], {
    decide: (carts) => {
      if (carts.has(name)) throw kernelError('REVISION_CONFLICT', `The cart ${name} is there.`)
      return [{ stream: name, type: 'cart.opened', data: { owner: 'ana' } }]
    },
    ...(options === undefined ? {} : { options }),
  })

export const add = (
  shop: Shop,
  what: { name: string; item: string; count?: number },
  options?: Options,
): Command<Carts> =>
  command(shop, ['add', what], {
    decide: (carts) => {
      openCarts(carts, what.name)
      const { name, item, count = 1 } = what
      return [{ stream: name, type: 'cart.added', data: { item, count } }]
    },
    ...(options === undefined ? {} : { options }),
  })

export const close = (shop: Shop, name: string): Command<Carts> =>
  command(shop, ['close', name], {
    decide: (carts) => {
      openCarts(carts, name)
      return [{ stream: name, type: 'cart.closed', data: {} }]
    },
  })

export const weigh = ({ scale }: Shop, grams: readonly number[]): Command<undefined> => ({
  decider: scale,
  decide: () => [
    { stream: 'scale', type: 'scale.weighed', data: { grams: Float64Array.from(grams) } },
  ],
})

/** Any request of the shop, good or bad. */
export type Act =
  | { readonly kind: 'open' | 'close'; readonly name: string }
  | { readonly kind: 'add'; readonly name: string; readonly item: string; readonly count: number }
  | { readonly kind: 'weigh'; readonly grams: readonly number[] }

const names = fc.constantFrom('a', 'b', '__proto__', 'cart:🛒/\u0000')
export const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('open', 'close'), name: names }),
  fc.record({
    kind: fc.constant('add'),
    name: names,
    item: fc.constantFrom('pen', '__proto__', 'constructor', '', 'مرحبا'),
    count: fc.double({ noNaN: false }),
  }),
  fc.record({ kind: fc.constant('weigh'), grams: fc.array(fc.double(), { maxLength: 4 }) }),
)

/** Sends a request; a refusal by the rules is an answer, too. */
export const act = async (shop: Shop, what: Act): Promise<readonly RecordedEvent[]> => {
  const { engine } = shop
  const done = (() => {
    if (what.kind === 'weigh') return engine.execute(weigh(shop, what.grams))
    if (what.kind === 'add') return engine.execute(add(shop, what))
    return engine.execute(what.kind === 'open' ? open(shop, what.name) : close(shop, what.name))
  })()
  return await done.catch((error: Error) => {
    if (['INVALID_VALUE', 'READ_ONLY', 'REVISION_CONFLICT'].includes(Reflect.get(error, 'code')))
      return []
    throw error
  })
}

/** Everything the shop's built-in read models answer. */
export const answersOf = ({ engine }: Shop): unknown => [
  ...savedParts(cartsProjection, engine.state(cartsProjection)),
  ...savedParts(scaleProjection, engine.state(scaleProjection)),
]

/** Every event of a log as its engine reads it. */
export const eventsOf = async (engine: EventEngine, from = 0): Promise<RecordedEvent[]> => {
  const all: RecordedEvent[] = []
  for await (const { events } of engine.read({ from })) all.push(...events)
  return all
}

/** A folder for one test, and the logs in it. */
export const inFolder = async <T>(task: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'varve-kernel-'))
  try {
    return await task(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const levelLog = async (folder: string): Promise<EventLog> =>
  (await openLevelLog(join(folder, 'log'), { durability: 'os', now: 0 })).log

/** What a killed process would have left: the folder as it is while it is open. */
export const copyOfLog = async (from: string, to: string): Promise<void> =>
  await cp(join(from, 'log'), join(to, 'log'), {
    recursive: true,
    filter: (path) => !path.endsWith('LOCK'),
  })
