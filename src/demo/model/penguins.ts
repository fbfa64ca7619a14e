import { seeded, shuffled } from './random.ts'

/** One bird of the data set, with nothing missing. */
export interface Penguin {
  readonly species: string
  readonly island: string
  readonly billLength: number
  readonly billDepth: number
  readonly flipperLength: number
  readonly bodyMass: number
  readonly male: boolean
  readonly year: number
}

const columns = 'species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year'

/**
 * Reads the CSV of the Palmer penguins; birds with a missing value are left out.
 *
 * @throws `Error` when the columns are not those of the data set.
 */
export const readPenguins = (csv: string): Penguin[] => {
  const [header, ...lines] = csv.trim().split(/\r?\n/)
  if (header !== columns) {
    throw new Error(`The penguins file starts with "${header}", not with "${columns}".`)
  }
  return lines
    .map((line) => line.split(','))
    .filter(isComplete)
    .map(toPenguin)
}

const isComplete = (cells: readonly string[]): boolean => !cells.includes('NA')

const toPenguin = (cells: readonly string[]): Penguin => {
  const [species = '', island = '', ...rest] = cells
  const [billLength, billDepth, flipperLength, bodyMass, sex, year] = rest
  return {
    species,
    island,
    billLength: Number(billLength),
    billDepth: Number(billDepth),
    flipperLength: Number(flipperLength),
    bodyMass: Number(bodyMass),
    male: sex === 'male',
    year: Number(year),
  }
}

export interface Split {
  readonly training: readonly Penguin[]
  readonly validation: readonly Penguin[]
  /** The season that came after the models were chosen. */
  readonly later: readonly Penguin[]
}

/** The last year is kept for later; of the years before, two thirds train and one third validates. */
export const splitPenguins = (penguins: readonly Penguin[], seed: number): Split => {
  const lastYear = Math.max(...penguins.map(({ year }) => year))
  const known = shuffled(
    penguins.filter(({ year }) => year < lastYear),
    seeded(seed),
  )
  const cut = Math.round((known.length * 2) / 3)
  return {
    training: known.slice(0, cut),
    validation: known.slice(cut),
    later: penguins.filter(({ year }) => year === lastYear),
  }
}
