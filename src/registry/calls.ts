import type { RecordedEvent } from '../kernel/events/event.ts'
import { registryDecider } from './decide.ts'
import { type CreateVersion, createVersion } from './decide-version.ts'
import { defined } from './defined.ts'
import { modelEntity } from './entities.ts'
import { registryError } from './errors.ts'
import type { NewRegistryEvent } from './events.ts'
import { createVersionInput } from './inputs.ts'
import type { ModelVersion, RegisteredModel } from './model.ts'
import type { RegistryTables } from './registry.fold.ts'
import { writeOrder } from './write-order.ts'
import type { Subject, Write } from './writes.ts'
import { modelAfter, type RegistryParts, type Request, requestOf, versionAfter } from './writing.ts'

/** A call of which the schema, and not the compiler, knows what it accepts. */
export type Call<Answer> = (...args: readonly unknown[]) => Promise<Answer>

/** Makes the registry's writing calls. */
export interface Calls {
  readonly model: <Input extends Subject>(
    name: string,
    write: Write<Input>,
  ) => Call<RegisteredModel>
  readonly version: <Input extends Subject>(name: string, write: Write<Input>) => Call<ModelVersion>
  readonly create: Call<ModelVersion>
}

type Decide = (tables: RegistryTables) => readonly NewRegistryEvent[]

export const callsOf = (parts: RegistryParts): Calls => {
  const { supervise = (write) => write } = parts
  const order = writeOrder()
  const decider = registryDecider(parts.state)
  const execute = (decide: Decide, { options, request }: Request<unknown>): Recorded =>
    parts.writer.execute({ decider, decide, options, request })

  const call =
    <Input extends Subject, Answer>(
      name: string,
      { decide, ...write }: Write<Input>,
      answer: (events: readonly RecordedEvent[], subject: Subject) => Promise<Answer>,
    ): Call<Answer> =>
    (...args) => {
      const made = async (): Promise<Answer> => {
        const request = requestOf(`registry.${name}`, write, args)
        const { input } = request
        const events = await order.direct(() => execute((tables) => decide(tables, input), request))
        return answer(events, input)
      }
      return supervise(made())
    }

  const created = async (args: readonly unknown[]): Promise<ModelVersion> => {
    const request = requestOf('registry.createVersion', createVersionWrite, args)
    const { input } = request
    const learned = factsOf(parts, input)
    const events = await order.prepared(learned, (facts) =>
      execute((tables) => createVersion(tables, { ...input, ...facts }), request),
    )
    return versionAfter(parts, events, input)
  }

  return {
    model: (name, write) =>
      call(name, write, async (events, { model }) =>
        modelEntity(await modelAfter(parts, events, model)),
      ),
    version: (name, write) =>
      call(name, write, (events, subject) => versionAfter(parts, events, subject)),
    create: (...args) => supervise(created(args)),
  }
}

type Recorded = Promise<readonly RecordedEvent[]>

const createVersionWrite = { args: ['model'], schema: createVersionInput }

/** Where a version's bytes are, and their digest where varve holds them. */
const factsOf = async (
  { runModel }: RegistryParts,
  {
    model,
    run,
    path,
    source,
  }: Omit<CreateVersion, 'source' | 'tags'> & { readonly source?: string },
): Promise<Pick<CreateVersion, 'source' | 'digest'>> => {
  if (run === undefined) {
    if (source !== undefined) return { source }
    throw registryError(
      'SOURCE_REQUIRED',
      `A version of ${JSON.stringify(model)} needs to know what it is made from. Give the run that made it, or the source where the bytes are.`,
      { data: { model } },
    )
  }
  const { digest } = await runModel(run, path)
  if (source === undefined) {
    return {
      source: ['runs:', run, ...(path === undefined ? [] : [path])].join('/'),
      ...defined({ digest }),
    }
  }
  // A source of its own, without a path in the run, is not what the run's digest is of.
  return { source, ...(path === undefined ? {} : defined({ digest })) }
}
