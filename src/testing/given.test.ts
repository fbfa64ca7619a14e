import { describe, expect, it } from 'vitest'
import { kernelError } from '../kernel/errors.ts'
import type { NewEvent, RecordedEvent } from '../kernel/events/event.ts'
import { specification } from './index.ts'

const deposited = (amount: number): NewEvent => ({
  stream: 'account:1',
  type: 'account.deposited',
  data: { amount },
})
const seen: RecordedEvent[] = []
const given = specification({
  initial: () => ({ balance: 0 }),
  fold: (state, event) => {
    seen.push(event)
    const { data } = event
    if (typeof data === 'object' && data !== null && 'amount' in data) {
      state.balance += Number(data.amount)
    }
  },
})
const withdraw = (amount: number) => (state: { balance: number }) => {
  if (amount > state.balance) throw kernelError('INVALID_VALUE', 'There is too little.')
  return [deposited(-amount)]
}

describe('A specification', () => {
  it('holds when the events decided are those expected', () => {
    given(deposited(5)).when(withdraw(3)).then(deposited(-3))
    given()
      .when(() => [])
      .then()
  })

  it('fails when other events, or none, or more were decided', () => {
    const decided = given(deposited(5)).when(withdraw(3))
    expect(() => decided.then(deposited(-2))).toThrow()
    expect(() => decided.then()).toThrow()
    expect(() => decided.then(deposited(-3), deposited(0))).toThrow()
    expect(() => decided.thenThrows('INVALID_VALUE')).toThrow()
  })

  it('tells -0 from 0, and columns by their content', () => {
    const one = (amounts: Float64Array) => [{ ...deposited(0), data: { amounts } }]
    const decided = given().when(() => one(Float64Array.of(-0, Number.NaN)))
    decided.then(...one(Float64Array.of(-0, Number.NaN)))
    expect(() => decided.then(...one(Float64Array.of(0, Number.NaN)))).toThrow()
  })

  it('holds when the decision is refused with the code expected, and gives the error', () => {
    const error = given(deposited(2)).when(withdraw(3)).thenThrows('INVALID_VALUE')
    expect(error.message).toBe('There is too little.')
  })

  it('fails when the decision is refused with another code', () => {
    const decided = given().when(withdraw(3))
    expect(() => decided.thenThrows('READ_ONLY')).toThrow(/READ_ONLY/)
    expect(() => decided.then()).toThrow('There is too little.')
  })

  it('gives events as a log would have recorded them', () => {
    seen.length = 0
    given(deposited(1), { ...deposited(2), stream: 'account:2' }, { ...deposited(3), actor: 'bo' })
    expect(seen.map(({ position, revision, actor }) => [position, revision, actor])).toEqual([
      [0, 0, 'given'],
      [1, 0, 'given'],
      [2, 1, 'bo'],
    ])
    expect(seen.map(({ recordedAt }) => recordedAt - (seen[0]?.recordedAt ?? 0))).toEqual([
      0, 1000, 2000,
    ])
  })
})
