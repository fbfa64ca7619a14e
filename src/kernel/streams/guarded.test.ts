import { firstValueFrom, map, merge, Subject, take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Guard, GuardedObservable } from './guarded.ts'

const guarded = () => {
  const faults: [unknown, number | undefined][] = []
  const source = new Subject<number>()
  const guard: Guard = {
    report: (error, position) => faults.push([error, position]),
    position: undefined,
  }
  const observed = new GuardedObservable<number>(guard, (observer) => source.subscribe(observer))
  const next = (value: number): void => {
    guard.position = value
    source.next(value)
  }
  return { faults, observed, source, next }
}
const fault = new Error('observer')
const throwing = (): never => {
  throw fault
}

describe('A guarded observable', () => {
  it('reports what an observer throws, with the position, and tells it of what follows', () => {
    const { faults, observed, next } = guarded()
    const seen: number[] = []
    observed.subscribe((value) => {
      seen.push(value)
      if (value === 2) throw fault
    })
    observed.subscribe({ next: throwing })
    const sound: number[] = []
    observed.subscribe((value) => sound.push(value))
    for (const value of [1, 2, 3]) next(value)
    expect([seen, sound]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    expect(faults.map(([, position]) => position)).toEqual([1, 2, 2, 3])
    expect(faults.every(([error]) => error === fault)).toBe(true)
  })

  it('reports what an async observer rejects with, at the position that it was told of', async () => {
    const { faults, observed, next } = guarded()
    observed.subscribe(async (value) => {
      await Promise.resolve()
      if (value === 1) throw fault
    })
    next(1)
    next(2)
    await new Promise((done) => setTimeout(done, 0))
    expect(faults).toEqual([[fault, 1]])
  })

  it('guards what operators make of it', () => {
    const { faults, observed, next } = guarded()
    const seen: number[] = []
    observed.pipe(map((value) => value * 10)).subscribe((value) => {
      seen.push(value)
      throwing()
    })
    next(1)
    next(2)
    expect(seen).toEqual([10, 20])
    expect(faults.map(([, position]) => position)).toEqual([1, 2])
  })

  it('leaves what an operator throws to the observer, and reports it where nobody handles it', () => {
    const { faults, observed, next } = guarded()
    const handled: unknown[] = []
    observed.pipe(map(throwing)).subscribe({ error: (error: unknown) => handled.push(error) })
    observed.pipe(map(throwing)).subscribe(() => undefined)
    observed.pipe(map(throwing)).subscribe({ error: throwing })
    next(7)
    expect(handled).toEqual([fault])
    expect(faults).toEqual([
      [fault, 7],
      [fault, 7],
    ])
  })

  it('reports a handler of the end that throws', () => {
    const { faults, observed, source } = guarded()
    observed.subscribe({ complete: throwing })
    source.complete()
    expect(faults).toEqual([[fault, undefined]])
  })

  it('is like any other to what takes observables', async () => {
    const { observed, next } = guarded()
    const first = firstValueFrom(observed)
    const two = firstValueFrom(merge(observed, observed).pipe(take(2), toArray()))
    const subscription = observed.subscribe()
    next(5)
    expect([await first, await two]).toEqual([5, [5, 5]])
    subscription.unsubscribe()
  })
})
