import { describe, expect, it } from 'vitest'
import type { RegistryEvent, RegistryEventData } from './events.ts'
import { foldModel } from './model.fold.ts'
import { currentEntry, type ModelState, stageState, standingIn } from './model-state.ts'

type Type = keyof RegistryEventData

const modelOf = (events: readonly { type: Type; data: RegistryEventData[Type] }[]): ModelState => {
  let model: ModelState | undefined
  events.forEach((event, position) => {
    const recorded = { ...event, position, stream: 'model:m', revision: position, schema: 1 }
    // `as`: the pairs below give each type its data.
    model = foldModel(model, { ...recorded, recordedAt: position, actor: 'ana' } as RegistryEvent)
  })
  if (model === undefined) throw new TypeError('No event registered the model')
  return model
}

const registered = {
  type: 'model.registered' as const,
  data: { name: 'm', tags: [], stages: ['None', 'Production', 'Archived'] },
}
const created = (version: number) => ({
  type: 'version.created' as const,
  data: { version, source: 's', tags: [] },
})
const moved = (version: number, from: string, to: string) => ({
  type: 'version.transitioned' as const,
  data: { version, from, to },
})

describe('The fold of a model', () => {
  it('keeps a stage as small as what stands in it, however many passed through', () => {
    const events = [registered, created(1), created(2)]
    const turns = Array.from({ length: 500 }, (_, turn) => {
      const next = (turn % 2) + 1
      return [moved(next, 'Archived', 'Production'), moved(3 - next, 'Production', 'Archived')]
    })
    const model = modelOf([...events, ...turns.flat()])
    for (const stage of model.stages) {
      expect(stageState(model, stage).cells).toBeLessThan(12)
    }
    expect(standingIn(model, 'Production')).toEqual([2])
    expect(standingIn(model, 'Archived')).toEqual([1])
  })

  it('falls back to who entered before when the current version leaves', () => {
    const model = modelOf([
      registered,
      ...[1, 2, 3].map(created),
      ...[2, 1, 3].map((version) => moved(version, 'None', 'Production')),
      moved(3, 'Production', 'None'),
      { type: 'version.deleted', data: { version: 1 } },
    ])
    expect(currentEntry(model, 'Production')).toMatchObject({ version: 2, position: 4 })
    expect(standingIn(model, 'Production')).toEqual([2])
  })

  it('leaves the model that it was given as it was', () => {
    const before = modelOf([registered, created(1)])
    const text = JSON.stringify(before)
    const event = { ...moved(1, 'None', 'Production'), position: 2, stream: 'model:m', revision: 2 }
    foldModel(before, { ...event, schema: 1, recordedAt: 2, actor: 'ana' })
    expect(JSON.stringify(before)).toBe(text)
  })

  it('passes over what is about a version or a model that it does not know', () => {
    const model = modelOf([
      registered,
      moved(7, 'None', 'Production'),
      { type: 'version.deleted', data: { version: 7 } },
    ])
    expect(model).toMatchObject({ versionCount: 0, lastVersion: 0, changedAt: 2 })
    expect(standingIn(model, 'Production')).toEqual([])
    expect(() => modelOf([created(1)])).toThrow(/No event registered/)
  })

  it('takes numbers with holes, as other systems leave them', () => {
    const model = modelOf([registered, created(3), created(2 ** 40)])
    expect(model).toMatchObject({ versionCount: 2, lastVersion: 2 ** 40 })
  })
})
