import { describe, expect, test } from 'vitest'
import { confusionTable, lossFigure, rocFigure } from './figures.ts'

describe('figures', () => {
  test('a perfect ROC curve goes up the left side and along the top', () => {
    const points = [
      { falsePositiveRate: 0, truePositiveRate: 0 },
      { falsePositiveRate: 0, truePositiveRate: 1 },
      { falsePositiveRate: 1, truePositiveRate: 1 },
    ]
    const svg = rocFigure(points, 1)
    expect(svg).toContain('points="40.0,280.0 40.0,40.0 280.0,40.0"')
    expect(svg).toContain('ROC curve, AUC 1.0000')
    expect(svg).toMatch(/^<svg [^>]*>[\s\S]*<\/svg>\n$/)
  })

  test('the loss figure is scaled to its highest value', () => {
    const svg = lossFigure([1, 0.5], [2, 1])
    expect(svg).toContain('points="40.0,40.0 280.0,160.0"')
    expect(svg).toContain('points="40.0,160.0 280.0,220.0"')
  })

  test('the confusion matrix is a Markdown table', () => {
    const counts = { truePositives: 3, falsePositives: 1, trueNegatives: 5, falseNegatives: 2 }
    expect(confusionTable(counts).split('\n').slice(2)).toEqual([
      '| is male | 3 | 2 |',
      '| is female | 1 | 5 |',
    ])
  })
})
