import type { Confusion, RocPoint } from './model/metrics.ts'

const size = 320
const margin = 40
const inner = size - 2 * margin

/** The ROC curve as a picture. */
export const rocFigure = (points: readonly RocPoint[], area: number): string => {
  const line = points.map(({ falsePositiveRate, truePositiveRate }) => ({
    x: falsePositiveRate,
    y: truePositiveRate,
  }))
  const diagonal = polyline(
    [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
    '#bbb',
  )
  return figure({
    title: `ROC curve, AUC ${area.toFixed(4)}`,
    x: 'false positive rate',
    y: 'true positive rate',
    lines: [diagonal, polyline(line, '#0b6e99')],
  })
}

/** Loss against epoch, of training (grey) and validation (blue), as a picture. */
export const lossFigure = (training: readonly number[], validation: readonly number[]): string => {
  const top = Math.max(...training, ...validation)
  const line = (values: readonly number[], colour: string): string =>
    polyline(
      values.map((value, epoch) => ({ x: epoch / (values.length - 1), y: value / top })),
      colour,
    )
  return figure({
    title: `Log loss from ${validation[0]?.toFixed(3)} to ${validation.at(-1)?.toFixed(3)}`,
    x: 'epoch',
    y: 'log loss (blue: validation)',
    lines: [line(training, '#888'), line(validation, '#0b6e99')],
  })
}

/** The confusion matrix as a Markdown table. */
export const confusionTable = (counts: Confusion): string =>
  [
    '| | said male | said female |',
    '|---|--:|--:|',
    `| is male | ${counts.truePositives} | ${counts.falseNegatives} |`,
    `| is female | ${counts.falsePositives} | ${counts.trueNegatives} |`,
  ].join('\n')

interface Point {
  readonly x: number
  readonly y: number
}

/** A line through points of the unit square. */
const polyline = (points: readonly Point[], colour: string): string => {
  const at = points.map(({ x, y }) => {
    const right = margin + x * inner
    const down = margin + (1 - y) * inner
    return `${right.toFixed(1)},${down.toFixed(1)}`
  })
  return `<polyline points="${at.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`
}

interface Figure {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly lines: readonly string[]
}

const figure = ({ title, x, y, lines }: Figure): string => {
  const middle = size / 2
  const text = 'font-family="sans-serif" font-size="12" text-anchor="middle"'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" role="img">
<title>${title}</title>
<rect width="${size}" height="${size}" fill="#fff"/>
<rect x="${margin}" y="${margin}" width="${inner}" height="${inner}" fill="none" stroke="#ddd"/>
${lines.join('\n')}
<text x="${middle}" y="${margin - 14}" ${text}>${title}</text>
<text x="${middle}" y="${size - 14}" ${text}>${x}</text>
<text x="14" y="${middle}" ${text} transform="rotate(-90 14 ${middle})">${y}</text>
</svg>
`
}
