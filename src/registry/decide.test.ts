import { describe, expect, it } from 'vitest'
import { codeOf } from '../kernel/errors.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import * as models from './decide-model.ts'
import * as versions from './decide-version.ts'
import { defaultStages, type NewRegistryEvent, type RegistryEventData } from './events.ts'
import { isRegistryEvent } from './model.fold.ts'
import { foldTables, initialRegistry, type RegistryTables } from './registry.fold.ts'

type Type = keyof RegistryEventData
type Decide<Command> = (tables: RegistryTables, command: Command) => readonly NewRegistryEvent[]

/** Short for an event of the model in `stream`. */
const on =
  (stream: string) =>
  <T extends Type>(type: T, data: RegistryEventData[T]) => ({ stream, type, data })

const churn = on('model:churn')
const registered = churn('model.registered', {
  name: 'churn',
  tags: [],
  stages: [...defaultStages],
})
const created = (version: number) =>
  churn('version.created', { version, source: `runs:/r${version}/model`, tags: [] })
const moved = (version: number, [from, to]: readonly [string, string], more = {}) =>
  churn('version.transitioned', { version, from, to, ...more })
const threeVersions = [registered, created(1), created(2), created(3)]

interface Proposed {
  readonly stream: string
  readonly type: string
  readonly data: unknown
}

const given = (events: readonly Proposed[]) => {
  const tables = initialRegistry()
  events.forEach((event, position) => {
    const recorded: RecordedEvent = {
      ...event,
      position,
      revision: position,
      schema: 1,
      recordedAt: 1000 + position,
      actor: 'ana',
    }
    if (!isRegistryEvent(recorded)) throw new TypeError(`${event.type} is not of the registry`)
    foldTables(tables, recorded)
  })
  return {
    when: <Command>(decide: Decide<Command>, command: Command) => ({
      gives: (...expected: Proposed[]) => expect(decide(tables, command)).toEqual(expected),
      refused: (code: string, message?: RegExp) => {
        let found: unknown
        try {
          decide(tables, command)
        } catch (error) {
          found = error
        }
        expect(codeOf(found)).toBe(code)
        if (message !== undefined) expect(String(found)).toMatch(message)
        return found
      },
    }),
  }
}

const dataOf = (error: unknown): unknown =>
  error instanceof Error && 'data' in error ? error.data : undefined

describe('Registering a model', () => {
  it('gives it MLflow’s stages', () => {
    given([])
      .when(models.registerModel, { model: 'churn', description: 'who leaves' })
      .gives(
        churn('model.registered', {
          name: 'churn',
          tags: [],
          stages: ['None', 'Staging', 'Production', 'Archived'],
          description: 'who leaves',
        }),
      )
  })

  it('keeps the last value of a tag that comes twice', () => {
    const tags = [
      ['a', '1'],
      ['__proto__', '2'],
      ['a', '3'],
    ] as const
    given([])
      .when(models.registerModel, { model: 'churn', tags })
      .gives(
        churn('model.registered', {
          name: 'churn',
          tags: [
            ['a', '3'],
            ['__proto__', '2'],
          ],
          stages: [...defaultStages],
        }),
      )
  })

  it('refuses a name that a living model bears', () => {
    given([registered]).when(models.registerModel, { model: 'churn' }).refused('MODEL_EXISTS')
  })

  it('takes a stream of its own when the name was used before', () => {
    given([registered, churn('model.deleted', {})])
      .when(models.registerModel, { model: 'churn' })
      .gives({ ...registered, stream: 'model:churn#2' })
  })

  it('takes a stream of its own when the model of that name was renamed', () => {
    given([registered, churn('model.renamed', { name: 'leavers' })])
      .when(models.registerModel, { model: 'churn' })
      .gives({ ...registered, stream: 'model:churn#2' })
  })

  it('does not take the stream of a model whose name looks like a second use', () => {
    const lookalike = {
      ...registered,
      stream: 'model:churn#2',
      data: { ...registered.data, name: 'churn#2' },
    }
    given([registered, churn('model.deleted', {}), lookalike])
      .when(models.registerModel, { model: 'churn' })
      .gives({ ...registered, stream: 'model:churn#3' })
  })

  it.each([
    ['', 'empty'],
    ['a/b', '"/"'],
    ['a:b', '":"'],
    ['x'.repeat(257), 'longer'],
    ['\ud800', 'Unicode'],
  ])('refuses the name %j', (model, reason) => {
    given([]).when(models.registerModel, { model }).refused('NAME_INVALID', new RegExp(reason))
  })

  it.each(['__proto__', 'constructor', '🦊'.repeat(250), 'a\u0000b', 'مرحبا', '..', 'a@b', ' '])(
    'accepts the name %j',
    (model) => {
      given([])
        .when(models.registerModel, { model })
        .gives({
          ...registered,
          stream: `model:${model}`,
          data: { ...registered.data, name: model },
        })
    },
  )

  it.each([
    [['Live'], 'two stages or more'],
    [['Live', 'live'], 'comes twice'],
    [['Live', ''], 'empty'],
    [['Live', '7'], 'version number'],
    [['Live', 'Latest'], 'highest version'],
    [['Live', '@x'], 'alias'],
    [['Live', 'a/b'], '"/"'],
    [['Live', '\udfff'], 'Unicode'],
    [['Live', 'x'.repeat(251)], 'longer'],
    [Array.from({ length: 101 }, (_, at) => `s${at}`), 'at most 100'],
  ])('refuses the stages %j', (stages, reason) => {
    given([])
      .when(models.registerModel, { model: 'churn', stages })
      .refused('STAGE_INVALID', new RegExp(reason))
  })
})

describe('Changing a model', () => {
  it('renames it, and its stream stays', () => {
    given([registered])
      .when(models.renameModel, { model: 'churn', name: 'leavers' })
      .gives(churn('model.renamed', { name: 'leavers' }))
  })

  it('refuses to rename it to a name that is taken, or cannot be one', () => {
    const other = { ...registered, stream: 'model:b', data: { ...registered.data, name: 'b' } }
    const two = given([registered, other])
    two.when(models.renameModel, { model: 'churn', name: 'b' }).refused('MODEL_EXISTS')
    two.when(models.renameModel, { model: 'churn', name: 'a/b' }).refused('NAME_INVALID')
    two.when(models.renameModel, { model: 'nobody', name: 'c' }).refused('MODEL_NOT_FOUND')
  })

  it('records nothing when nothing changes', () => {
    const model = given([
      registered,
      created(1),
      churn('model.described', { description: 'd' }),
      churn('model.tag-set', { key: 'k', value: 'v' }),
      churn('model.alias-set', { alias: 'a', version: 1 }),
      churn('version.described', { version: 1, description: 'd' }),
      churn('version.tag-set', { version: 1, key: 'k', value: 'v' }),
    ])
    model.when(models.renameModel, { model: 'churn', name: 'churn' }).gives()
    model.when(models.describeModel, { model: 'churn', description: 'd' }).gives()
    model.when(models.setModelTag, { model: 'churn', key: 'k', value: 'v' }).gives()
    model.when(models.setAlias, { model: 'churn', alias: 'a', version: 1 }).gives()
    model.when(models.setStages, { model: 'churn', stages: defaultStages }).gives()
    model.when(versions.describeVersion, { model: 'churn', version: 1, description: 'd' }).gives()
    model.when(versions.setVersionTag, { model: 'churn', version: 1, key: 'k', value: 'v' }).gives()
  })

  it('sets and deletes tags, of the model and of a version', () => {
    const tagged = given([
      registered,
      created(1),
      churn('model.tag-set', { key: '__proto__', value: 'v' }),
      churn('version.tag-set', { version: 1, key: 'k', value: 'v' }),
    ])
    tagged
      .when(models.setModelTag, { model: 'churn', key: '__proto__', value: 'w' })
      .gives(churn('model.tag-set', { key: '__proto__', value: 'w' }))
    tagged
      .when(models.deleteModelTag, { model: 'churn', key: '__proto__' })
      .gives(churn('model.tag-deleted', { key: '__proto__' }))
    tagged
      .when(versions.deleteVersionTag, { model: 'churn', version: 1, key: 'k' })
      .gives(churn('version.tag-deleted', { version: 1, key: 'k' }))
    tagged.when(models.deleteModelTag, { model: 'churn', key: 'x' }).refused('TAG_NOT_FOUND')
    tagged
      .when(versions.deleteVersionTag, { model: 'churn', version: 1, key: 'constructor' })
      .refused('TAG_NOT_FOUND')
  })

  it('refuses to take away a stage that a version stands in, and says which', () => {
    const error = given([...threeVersions, moved(2, ['None', 'Staging'])])
      .when(models.setStages, { model: 'churn', stages: ['None', 'Live'] })
      .refused('STAGE_IN_USE', /Staging.*\(2\)/)
    expect(dataOf(error)).toEqual({ model: 'churn', stage: 'Staging', versions: [2], standing: 1 })
  })

  it('sets other stages while every version stands in one that stays', () => {
    given([...threeVersions, moved(2, ['None', 'Staging']), moved(2, ['Staging', 'None'])])
      .when(models.setStages, { model: 'churn', stages: ['None', 'Live', 'Gone'] })
      .gives(churn('model.stages-set', { stages: ['None', 'Live', 'Gone'] }))
  })

  it('is gone by name once it is deleted', () => {
    const gone = given([...threeVersions, churn('model.deleted', {})])
    gone.when(models.deleteModel, { model: 'churn' }).refused('MODEL_NOT_FOUND')
    gone.when(versions.deleteVersion, { model: 'churn', version: 1 }).refused('MODEL_NOT_FOUND')
  })
})

describe('An alias', () => {
  it('points at a version, and moves silently', () => {
    given([...threeVersions, churn('model.alias-set', { alias: 'champion', version: 1 })])
      .when(models.setAlias, { model: 'churn', alias: 'champion', version: 2 })
      .gives(churn('model.alias-set', { alias: 'champion', version: 2 }))
  })

  it.each(['latest', 'LATEST', 'v1', 'V22', 'a/b', 'a b', '', 'a@b', 'x'.repeat(256)])(
    'cannot be %j',
    (alias) => {
      given(threeVersions)
        .when(models.setAlias, { model: 'churn', alias, version: 1 })
        .refused('ALIAS_INVALID')
    },
  )

  it.each(['ü', 'v1x', 'vx', '__proto__', 'a-b_c', '日本', '7'])('can be %j', (alias) => {
    given(threeVersions)
      .when(models.setAlias, { model: 'churn', alias, version: 1 })
      .gives(churn('model.alias-set', { alias, version: 1 }))
  })

  it('needs a version that is there', () => {
    const one = given([...threeVersions, churn('version.deleted', { version: 2 })])
    one
      .when(models.setAlias, { model: 'churn', alias: 'a', version: 9 })
      .refused('VERSION_NOT_FOUND', /has no version 9/)
    one
      .when(models.setAlias, { model: 'churn', alias: 'a', version: 2 })
      .refused('VERSION_NOT_FOUND', /deleted version 2/)
  })

  it('is deleted, if it is there', () => {
    const aliased = given([...threeVersions, churn('model.alias-set', { alias: 'a', version: 1 })])
    aliased
      .when(models.deleteAlias, { model: 'churn', alias: 'a' })
      .gives(churn('model.alias-deleted', { alias: 'a', version: 1 }))
    aliased.when(models.deleteAlias, { model: 'churn', alias: 'b' }).refused('ALIAS_NOT_FOUND')
  })
})

describe('Creating a version', () => {
  it('registers the model on first use, in the same commit', () => {
    given([])
      .when(versions.createVersion, { model: 'churn', source: 's3://b/1' })
      .gives(registered, churn('version.created', { version: 1, source: 's3://b/1', tags: [] }))
  })

  it('never uses a number again', () => {
    given([...threeVersions, churn('version.deleted', { version: 3 })])
      .when(versions.createVersion, { model: 'churn', source: 's', run: 'r4', path: 'model' })
      .gives(
        churn('version.created', { version: 4, source: 's', run: 'r4', path: 'model', tags: [] }),
      )
  })

  it('starts a new model when the one of that name was deleted', () => {
    given([...threeVersions, churn('model.deleted', {})])
      .when(versions.createVersion, { model: 'churn', source: 's' })
      .gives(
        { ...registered, stream: 'model:churn#2' },
        on('model:churn#2')('version.created', { version: 1, source: 's', tags: [] }),
      )
  })

  it('refuses a name that cannot be one', () => {
    given([]).when(versions.createVersion, { model: 'a/b', source: 's' }).refused('NAME_INVALID')
  })
})

describe('Deleting a version', () => {
  it('takes its aliases with it', () => {
    given([
      ...threeVersions,
      churn('model.alias-set', { alias: 'a', version: 1 }),
      churn('model.alias-set', { alias: 'b', version: 2 }),
      churn('model.alias-set', { alias: 'c', version: 1 }),
    ])
      .when(versions.deleteVersion, { model: 'churn', version: 1 })
      .gives(
        churn('model.alias-deleted', { alias: 'a', version: 1 }),
        churn('model.alias-deleted', { alias: 'c', version: 1 }),
        churn('version.deleted', { version: 1 }),
      )
  })

  it('empties its stage for whoever expects nobody there', () => {
    given([
      ...threeVersions,
      moved(1, ['None', 'Production']),
      churn('version.deleted', { version: 1 }),
    ])
      .when(versions.transitionVersion, {
        model: 'churn',
        version: 2,
        stage: 'Production',
        expect: null,
      })
      .gives(moved(2, ['None', 'Production']))
  })

  it('happens once', () => {
    given([...threeVersions, churn('version.deleted', { version: 1 })])
      .when(versions.deleteVersion, { model: 'churn', version: 1 })
      .refused('VERSION_NOT_FOUND')
  })
})

describe('A transition', () => {
  const transition = versions.transitionVersion
  const promoted = [...threeVersions, moved(1, ['None', 'Production'])]

  it('takes the stage in any case and records it as the model writes it', () => {
    given(threeVersions)
      .when(transition, { model: 'churn', version: 1, stage: 'pRODUCTION', comment: 'why not' })
      .gives(moved(1, ['None', 'Production'], { comment: 'why not' }))
  })

  it('archives who stood there, after the move', () => {
    given(promoted)
      .when(transition, { model: 'churn', version: 2, stage: 'Production' })
      .gives(
        moved(2, ['None', 'Production'], { replaced: 1 }),
        moved(1, ['Production', 'Archived'], { cause: 'archived' }),
      )
  })

  it('leaves the others where they are when asked to', () => {
    given(promoted)
      .when(transition, { model: 'churn', version: 2, stage: 'Production', archiveExisting: false })
      .gives(moved(2, ['None', 'Production'], { replaced: 1 }))
  })

  it('archives nobody in the first and the last stage, and replaces nobody there', () => {
    const back = given([...promoted, moved(2, ['None', 'Archived'])])
    back
      .when(transition, { model: 'churn', version: 1, stage: 'None' })
      .gives(moved(1, ['Production', 'None']))
    back
      .when(transition, { model: 'churn', version: 1, stage: 'Archived', archiveExisting: true })
      .gives(moved(1, ['Production', 'Archived']))
  })

  it('archives to the last stage of a model with stages of its own', () => {
    const own = {
      ...registered,
      data: { ...registered.data, stages: ['Draft', 'Live', 'Retired'] },
    }
    given([own, created(1), created(2), moved(1, ['Draft', 'Live'])])
      .when(transition, { model: 'churn', version: 2, stage: 'live' })
      .gives(
        moved(2, ['Draft', 'Live'], { replaced: 1 }),
        moved(1, ['Live', 'Retired'], { cause: 'archived' }),
      )
  })

  it('replaces in the last of two stages, where nobody can be archived', () => {
    const own = { ...registered, data: { ...registered.data, stages: ['Draft', 'Live'] } }
    given([own, created(1), created(2), moved(1, ['Draft', 'Live'])])
      .when(transition, { model: 'churn', version: 2, stage: 'Live' })
      .gives(moved(2, ['Draft', 'Live'], { replaced: 1 }))
  })

  it('records nothing when the version is current there', () => {
    given(promoted).when(transition, { model: 'churn', version: 1, stage: 'Production' }).gives()
  })

  it('makes a version that stands there current', () => {
    given([...promoted, moved(2, ['None', 'Production'], { replaced: 1 })])
      .when(transition, { model: 'churn', version: 1, stage: 'Production', archiveExisting: false })
      .gives(moved(1, ['Production', 'Production'], { replaced: 2 }))
  })

  it('leaves the current version alone in its stage', () => {
    given([...promoted, moved(2, ['None', 'Production'], { replaced: 1 })])
      .when(transition, { model: 'churn', version: 2, stage: 'Production' })
      .gives(moved(1, ['Production', 'Archived'], { cause: 'archived' }))
  })

  it('names the stages there are when asked for another', () => {
    const error = given(threeVersions)
      .when(transition, { model: 'churn', version: 1, stage: 'Prod' })
      .refused('STAGE_INVALID', /None, Staging, Production, Archived/)
    expect(dataOf(error)).toMatchObject({ model: 'churn', stage: 'Prod' })
  })

  it('needs a model and a version that are there', () => {
    const three = given(threeVersions)
    three.when(transition, { model: 'x', version: 1, stage: 'Staging' }).refused('MODEL_NOT_FOUND')
    three
      .when(transition, { model: 'churn', version: 4, stage: 'Staging' })
      .refused('VERSION_NOT_FOUND')
    three
      .when(transition, { model: 'churn', version: 2 ** 40, stage: 'Staging' })
      .refused('VERSION_NOT_FOUND')
  })

  it('goes through when what is expected holds', () => {
    given(promoted)
      .when(transition, { model: 'churn', version: 2, stage: 'Production', expect: 1 })
      .gives(
        moved(2, ['None', 'Production'], { replaced: 1 }),
        moved(1, ['Production', 'Archived'], { cause: 'archived' }),
      )
    given(threeVersions)
      .when(transition, { model: 'churn', version: 2, stage: 'Production', expect: null })
      .gives(moved(2, ['None', 'Production']))
  })

  it('is refused when what is expected does not hold, and says what is there', () => {
    const error = given(promoted)
      .when(transition, { model: 'churn', version: 2, stage: 'production', expect: 3 })
      .refused('REVISION_CONFLICT', /held by version 1, not by version 3/)
    expect(dataOf(error)).toEqual({ model: 'churn', stage: 'Production', expected: 3, actual: 1 })
    const nobody = given(promoted)
      .when(transition, { model: 'churn', version: 2, stage: 'Production', expect: null })
      .refused('REVISION_CONFLICT', /held by version 1, not by nobody/)
    expect(dataOf(nobody)).toMatchObject({ expected: null, actual: 1 })
    const empty = given(threeVersions)
      .when(transition, { model: 'churn', version: 2, stage: 'Production', expect: 1 })
      .refused('REVISION_CONFLICT', /held by nobody, not by version 1/)
    expect(dataOf(empty)).toMatchObject({ expected: 1, actual: null })
  })
})

describe('A rollback', () => {
  const rollBack = versions.rollBack
  const production = { model: 'churn', stage: 'Production' }
  const first = moved(1, ['None', 'Production'])
  const second = [
    moved(2, ['None', 'Production'], { replaced: 1 }),
    moved(1, ['Production', 'Archived'], { cause: 'archived' }),
  ]
  const third = [
    moved(3, ['None', 'Production'], { replaced: 2 }),
    moved(2, ['Production', 'Archived'], { cause: 'archived' }),
  ]
  const history = [...threeVersions, first, ...second, ...third]
  const undoneThird = [
    moved(2, ['Archived', 'Production'], { cause: 'rollback', replaced: 3 }),
    moved(3, ['Production', 'Archived'], { cause: 'archived' }),
  ]
  const undoneSecond = [
    moved(1, ['Archived', 'Production'], { cause: 'rollback', replaced: 2 }),
    moved(2, ['Production', 'Archived'], { cause: 'archived' }),
  ]

  it('goes back to the holder before, and archives the present one', () => {
    given(history)
      .when(rollBack, { ...production, comment: 'drift' })
      .gives(
        moved(2, ['Archived', 'Production'], { cause: 'rollback', comment: 'drift', replaced: 3 }),
        moved(3, ['Production', 'Archived'], { cause: 'archived' }),
      )
  })

  it('goes one further back the second time, and does not bounce', () => {
    given([...history, ...undoneThird])
      .when(rollBack, production)
      .gives(...undoneSecond)
  })

  it('ends at the first holder', () => {
    given([...history, ...undoneThird, ...undoneSecond])
      .when(rollBack, production)
      .refused('NOTHING_TO_ROLL_BACK', /no earlier holder/)
    given([...threeVersions, first])
      .when(rollBack, production)
      .refused('NOTHING_TO_ROLL_BACK')
    given(threeVersions).when(rollBack, production).refused('NOTHING_TO_ROLL_BACK')
  })

  it('goes on from the version it went back to, when another was promoted since', () => {
    const again = [
      moved(3, ['Archived', 'Production'], { replaced: 1 }),
      moved(1, ['Production', 'Archived'], { cause: 'archived' }),
    ]
    given([...history, ...undoneThird, ...undoneSecond, ...again])
      .when(rollBack, production)
      .gives(
        moved(1, ['Archived', 'Production'], { cause: 'rollback', replaced: 3 }),
        moved(3, ['Production', 'Archived'], { cause: 'archived' }),
      )
  })

  it('skips versions that were deleted', () => {
    given([...history, churn('version.deleted', { version: 2 })])
      .when(rollBack, production)
      .gives(
        moved(1, ['Archived', 'Production'], { cause: 'rollback', replaced: 3 }),
        moved(3, ['Production', 'Archived'], { cause: 'archived' }),
      )
  })

  it('goes back to the last holder when the stage stands empty', () => {
    const emptied = [...history, moved(3, ['Production', 'Staging'])]
    given(emptied)
      .when(rollBack, production)
      .gives(moved(3, ['Staging', 'Production'], { cause: 'rollback' }))
    given([...history, churn('version.deleted', { version: 3 })])
      .when(rollBack, production)
      .gives(moved(2, ['Archived', 'Production'], { cause: 'rollback' }))
  })

  it('goes to the version it is told, and the next one goes on below that', () => {
    const toFirst = [
      moved(1, ['Archived', 'Production'], { cause: 'rollback', replaced: 3 }),
      moved(3, ['Production', 'Archived'], { cause: 'archived' }),
    ]
    given(history)
      .when(rollBack, { ...production, to: 1 })
      .gives(...toFirst)
    given([...history, ...toFirst])
      .when(rollBack, production)
      .refused('NOTHING_TO_ROLL_BACK')
  })

  it('can return to a version that was rolled back', () => {
    given([...history, ...undoneThird])
      .when(rollBack, { ...production, to: 3 })
      .gives(
        moved(3, ['Archived', 'Production'], { cause: 'rollback', replaced: 2 }),
        moved(2, ['Production', 'Archived'], { cause: 'archived' }),
      )
  })

  it('goes back from the present holder, not from one that left by itself', () => {
    given([
      ...history,
      moved(1, ['Archived', 'Production'], { replaced: 3 }),
      moved(2, ['Archived', 'Production'], { replaced: 1 }),
      moved(3, ['Production', 'Staging']),
      moved(2, ['Production', 'Staging']),
    ])
      .when(rollBack, production)
      .gives(
        moved(3, ['Staging', 'Production'], { cause: 'rollback', replaced: 1 }),
        moved(1, ['Production', 'Archived'], { cause: 'archived' }),
      )
  })

  it('archives everything promoted since that still stands in the stage', () => {
    const shared = [
      ...threeVersions,
      first,
      moved(2, ['None', 'Production'], { replaced: 1 }),
      moved(3, ['None', 'Production'], { replaced: 2 }),
    ]
    given(shared)
      .when(rollBack, production)
      .gives(
        moved(2, ['Production', 'Production'], { cause: 'rollback', replaced: 3 }),
        moved(3, ['Production', 'Archived'], { cause: 'archived' }),
      )
    given(shared)
      .when(rollBack, { ...production, to: 1 })
      .gives(
        moved(1, ['Production', 'Production'], { cause: 'rollback', replaced: 3 }),
        moved(2, ['Production', 'Archived'], { cause: 'archived' }),
        moved(3, ['Production', 'Archived'], { cause: 'archived' }),
      )
  })

  it('refuses a version that never stood there, holds it already, or is not there', () => {
    const two = given([...threeVersions, first, ...second])
    two.when(rollBack, { ...production, to: 3 }).refused('NOTHING_TO_ROLL_BACK', /never stood/)
    two.when(rollBack, { ...production, to: 2 }).refused('NOTHING_TO_ROLL_BACK', /already/)
    two.when(rollBack, { ...production, to: 9 }).refused('VERSION_NOT_FOUND')
    two.when(rollBack, { ...production, stage: 'x' }).refused('STAGE_INVALID')
  })

  it('is not for stages where versions gather', () => {
    given(history)
      .when(rollBack, { ...production, stage: 'Archived' })
      .refused('NOTHING_TO_ROLL_BACK')
    given(history)
      .when(rollBack, { ...production, stage: 'None' })
      .refused('NOTHING_TO_ROLL_BACK')
  })
})
