import type { NewEvent, RecordedEvent } from '../kernel/events/event.ts'
import { registryDecider } from './decide.ts'
import { createLinkedVersion } from './decide-version.ts'
import { modelEntity } from './entities.ts'
import { createVersionInput } from './inputs.ts'
import { madeFrom } from './made-from.ts'
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

type Decide = (tables: RegistryTables) => readonly NewEvent[]

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
    const { foreignRun = false, ...input } = request.input
    const learned = madeFrom(parts, { ...input, foreignRun })
    const events = await order.prepared(learned, (facts) =>
      execute((tables) => createLinkedVersion(tables, { ...input, ...facts }), request),
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
