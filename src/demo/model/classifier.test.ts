import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type Classifier,
  type ClassifierSettings,
  fromJson,
  judge,
  scoresOf,
  toJson,
} from './classifier.ts'
import { learnScaling, toSamples } from './features.ts'
import { train } from './network.ts'
import { readPenguins, splitPenguins } from './penguins.ts'
import { settingsName, splitSeed, sweep, tooBold } from './sweep.ts'

const file = new URL('../../../test/fixtures/data/penguins.csv', import.meta.url)
const penguins = readPenguins(readFileSync(file, 'utf8'))
const { training, validation, later } = splitPenguins(penguins, splitSeed)

const trained = (settings: ClassifierSettings): Classifier => {
  const scaling = learnScaling(settings.features, training)
  const network = Array.from(train(toSamples(training, scaling), settings)).at(-1) ?? []
  return { scaling, network }
}

describe('the penguins', () => {
  test('are read without the birds that miss a value', () => {
    expect(penguins).toHaveLength(333)
    expect(penguins[0]).toEqual({
      species: 'Adelie',
      island: 'Torgersen',
      billLength: 39.1,
      billDepth: 18.7,
      flipperLength: 181,
      bodyMass: 3750,
      male: true,
      year: 2007,
    })
  })

  test('of another file are refused', () => {
    expect(() => readPenguins('a,b\n1,2\n')).toThrow('starts with "a,b"')
  })

  test('are divided into three groups that share no bird', () => {
    expect([training.length, validation.length, later.length]).toEqual([144, 72, 117])
    expect(new Set([...training, ...validation, ...later]).size).toBe(penguins.length)
    expect(later.every(({ year }) => year === 2009)).toBe(true)
  })
})

describe('a classifier of penguins', () => {
  const settings = { features: 'measurements+species', hidden: 8, learningRate: 0.03 } as const
  const classifier = trained({ ...settings, l2: 0, epochs: 30, seed: 1 })

  test('tells males from females', () => {
    const scores = scoresOf(judge(classifier, validation))
    expect(scores.auc).toBeGreaterThan(0.95)
    expect(scores.accuracy).toBeGreaterThan(0.85)
    expect(scores.loss).toBeLessThan(0.4)
  })

  test('judges exactly alike after a round trip through its file', () => {
    const again = fromJson(toJson(classifier))
    expect(judge(again, later)).toEqual(judge(classifier, later))
  })

  test('of too long steps is no longer made of numbers', () => {
    const { loss } = scoresOf(judge(trained(tooBold), training))
    expect(loss).toBeNaN()
  })
})

describe('the sweep', () => {
  test('tries each configuration once', () => {
    const names = [...sweep(0), ...sweep(8)].map(settingsName)
    expect(names).toHaveLength(32)
    expect(new Set(names).size).toBe(32)
    expect(names[0]).toBe('mass, linear, lr 0.003, l2 0')
  })
})
