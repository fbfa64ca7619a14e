import { defineEvents, open } from 'varve'

const notes = defineEvents('note', {
  taken: {
    version: 1,
    data: {
      '~standard': { version: 1, vendor: 'soak', validate: (value: unknown) => ({ value }) },
    },
  },
})

/** What a note says: which life took it, which caller, for the nth time. */
export interface Note {
  readonly life: number
  readonly caller: number
  readonly n: number
}

export const openSoaked = (folder: string) =>
  open(folder, { durability: 'os', facts: false, events: [notes] })

export type Soaked = Awaited<ReturnType<typeof openSoaked>>

/** A projection of the user's own: how many notes each life took. */
export const notesByLife = {
  name: 'notes by life',
  version: 1,
  initial: (): Record<string, number> => ({}),
  on: {
    'note.taken': (byLife: Record<string, number>, event: { readonly data: unknown }) => {
      // `as`: the event holds what a writer gave it.
      const { life } = event.data as Note
      byLife[`life ${life}`] = (byLife[`life ${life}`] ?? 0) + 1
    },
  },
}

/** Models whose versions move from stage to stage. */
export const models = ['churn', 'fraud', 'price'] as const

/** Opens the store, and makes what is missing of the models: a life may have been killed while it did. */
export const openWithModels = async (folder: string): Promise<Soaked> => {
  const varve = await openSoaked(folder)
  for (const model of models) {
    for (const source of ['one', 'two', 'three']) {
      await varve.registry.createVersion(model, { source, idempotencyKey: `${model} ${source}` })
    }
  }
  return varve
}
