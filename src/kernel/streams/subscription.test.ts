import { describe, expect, it } from 'vitest'
import {
  add,
  inFolder,
  levelLog,
  open,
  openShop,
  type Shop,
  weigh,
} from '../../../test/laws/kernel-shop.ts'
import { openMemoryLog } from '../log/memory-log.ts'
import { type Delivery, type Subscription, Subscriptions } from './subscription.ts'

const filled = async (log = openMemoryLog()): Promise<Shop> => {
  const shop = await openShop(await log)
  await shop.engine.execute(open(shop, 'a'))
  for (const item of ['pen', 'ink', 'pad']) {
    await shop.engine.execute(weigh(shop, [1]))
    await shop.engine.execute(add(shop, { name: 'a', item }))
  }
  return shop
}
const subscriptions = ({ engine }: Shop): Subscriptions => new Subscriptions(engine.source)
const take = async (subscription: Subscription, count: number): Promise<Delivery[]> => {
  const taken: Delivery[] = []
  for await (const delivery of subscription) if (taken.push(delivery) === count) break
  return taken
}
const positions = (deliveries: readonly Delivery[]): number[] =>
  deliveries.map(({ event }) => event.position)

describe('A durable subscription', () => {
  it('goes on after the last event that is done, in this process and the next', async () => {
    await inFolder(async (folder) => {
      const shop = await filled(levelLog(folder))
      const query = { types: ['cart.added'] }
      const first = await subscriptions(shop).open('deployer', query)
      expect(first.position).toBe(-1)
      const [one, two] = await take(first, 2)
      expect([one?.event.position, two?.event.position]).toEqual([2, 4])
      await one?.done()
      expect(first.position).toBe(2)
      expect(positions(await take(first, 2))).toEqual([4, 6])
      await shop.engine.close()

      const again = await openShop(await levelLog(folder))
      const second = await subscriptions(again).open('deployer', query)
      expect(second.position).toBe(2)
      expect(positions(await take(second, 2))).toEqual([4, 6])
      const other = await subscriptions(again).open('other', { ...query, from: 'now' })
      expect(other.position).toBe(6)
      await again.engine.close()
    })
  })

  it('never goes back, in whatever order its events are done', async () => {
    const shop = await filled()
    const subscription = await subscriptions(shop).open('s', {})
    const deliveries = await take(subscription, 4)
    await Promise.all(deliveries.toReversed().map((delivery) => delivery.done()))
    expect(subscription.position).toBe(3)
    expect((await subscriptions(shop).open('s', {})).position).toBe(3)
  })

  it('is read by one loop at a time', async () => {
    const shop = await filled()
    const all = subscriptions(shop)
    const iterator = (await all.open('s', {}))[Symbol.asyncIterator]()
    await iterator.next()
    const twin = await all.open('s', {})
    await expect(take(twin, 1)).rejects.toMatchObject({
      code: 'SUBSCRIPTION_BUSY',
      data: { name: 's' },
    })
    expect(positions(await take(await all.open('t', {}), 1))).toEqual([0])
    await iterator.return?.()
    expect(positions(await take(twin, 1))).toEqual([0])
  })

  it('ends a wait for live events when its reader leaves, and when the store closes', async () => {
    const shop = await filled()
    const subscription = await subscriptions(shop).open('s', { from: 'now' })
    for (const end of ['leave', 'close']) {
      const iterator = subscription[Symbol.asyncIterator]()
      const waiting = iterator.next()
      if (end === 'leave') await iterator.return?.()
      else await shop.engine.close()
      expect(await waiting).toMatchObject({ done: true })
    }
  })

  it('of a handle that ends gives its name free at once, and takes nothing more as done', async () => {
    const shop = await filled()
    const all = subscriptions(shop)
    const handle = new AbortController()
    const ending = await all.open('s', {}, handle.signal)
    const iterator = ending[Symbol.asyncIterator]()
    const { value } = await iterator.next()
    handle.abort()
    const other = await all.open('s', {})
    expect(positions(await take(other, 1))).toEqual([0])
    const closed = { code: 'LOG_CLOSED' }
    await expect(value.done()).rejects.toMatchObject(closed)
    expect((await iterator.next()).done).toBe(true)
    await expect(take(ending, 1)).rejects.toMatchObject(closed)
    expect((await all.open('s', {})).position).toBe(-1)
  })

  it('says that its store is closed, when it is begun or done after that', async () => {
    await inFolder(async (folder) => {
      const shop = await filled(levelLog(folder))
      const subscription = await subscriptions(shop).open('s', {})
      const [delivery] = await take(subscription, 1)
      await shop.engine.close()
      const closed = { code: 'LOG_CLOSED' }
      await expect(delivery?.done()).rejects.toMatchObject(closed)
      await expect(take(subscription, 1)).rejects.toMatchObject(closed)
    })
  })
})
