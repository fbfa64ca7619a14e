import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../../../test/property.ts'
import { normalPath } from '../names.ts'
import { checkSource, type SourceFacts } from './source.ts'

const run = { id: 'r1', artifacts: 'file:///srv/art/1/r1/artifacts' }
const proxied = { id: 'r1', artifacts: 'mlflow-artifacts:/1/r1/artifacts' }
const model = { id: 'm-1', artifacts: 'mlflow-artifacts:/1/models/m-1/artifacts' }

const from = (source: string, facts: Partial<SourceFacts> = {}): SourceFacts => ({
  source,
  run: undefined,
  model: undefined,
  folder: '/srv',
  ...facts,
})

describe('a version may come from', () => {
  it.each([
    ['an object store', from('s3://bucket/a//b/')],
    ['a store without a host', from('dbfs:/x')],
    ['a folder whose name is dots', from('s3://b/....')],
    ['the artifacts of its run', from('/srv/art/1/r1/artifacts/model', { run })],
    ['the same as a URI', from('file:///srv/art/1/r1/artifacts', { run })],
    [
      'the same with a host that is this one',
      from('file://localhost/srv/art/1/r1/artifacts/m', { run }),
    ],
    ['the same by a detour', from('/srv/art/1/../1/r1/artifacts/m', { run })],
    ['the same, relative to the server', from('art/1/r1/artifacts/m', { run })],
    [
      'the proxied artifacts of its run',
      from('mlflow-artifacts:/1/r1/artifacts/m', { run: proxied }),
    ],
    ['those of its logged model', from('mlflow-artifacts:/1/models/m-1/artifacts', { model })],
    ['a path in its run', from('runs:/r1/model', { run: proxied })],
  ])('%s', (_, facts) => {
    expect(() => checkSource(facts)).not.toThrow()
  })
})

describe('a version may not come from', () => {
  it.each([
    ['a local path of nobody', from('/srv/x'), 'To use a local path'],
    [
      'a local path beside its run',
      from('/srv/art/1/r1/artifacts2', { run }),
      'To use a local path',
    ],
    [
      'a path out of its run',
      from('/srv/art/1/r1/artifacts/../../r2', { run }),
      'To use a local path',
    ],
    [
      'an escaped path out of it',
      from('file:///srv/art/1/r1/artifacts/%252e%252e/x', { run }),
      'To use a local path',
    ],
    ['a path with NUL', from('/srv/art/1/r1/artifacts/a\u0000', { run }), 'To use a local path'],
    ['a drive', from('C:\\models', { run }), 'To use a local path'],
    ['a local path, with a model of proxied artifacts', from('/srv/x', { model }), 'The model_id'],
    ['another host', from('https://h/x'), "cannot use the 'https' scheme"],
    [
      'a proxy of another host',
      from('mlflow-artifacts://h/1/r1/artifacts', { run: proxied }),
      "cannot use the 'mlflow-artifacts' scheme",
    ],
    ['the files of another host', from('file://host/x'), 'is not a valid remote uri'],
    ['a path upwards', from('s3://b/%252e%252e/x'), 'Please provide an absolute path.'],
    ['a relative path', from('s3:x'), 'Please provide an absolute path.'],
    [
      'proxied artifacts of another run',
      from('mlflow-artifacts:/1/r2/artifacts', { run: proxied }),
      'The run_id',
    ],
    [
      'those beside its run',
      from('mlflow-artifacts:/1/r1/artifacts2', { run: proxied }),
      'The run_id',
    ],
    [
      'those of another model',
      from('mlflow-artifacts:/1/models/m-2/artifacts', { model }),
      'The model_id',
    ],
    ['another run', from('runs:/r2/model', { run: proxied }), 'The run_id'],
  ])('%s', (_, facts, message) => {
    expect(() => checkSource(facts)).toThrow(message)
  })

  it('anywhere out of its run, however the path is written', () => {
    const segment = fc.constantFrom('..', '.', '', 'a', 'artifacts', '%2e%2e', '%252e%252e', 'r1')
    const path = fc.array(segment, { maxLength: 8 }).map((segments) => segments.join('/'))
    fc.assert(
      fc.property(fc.constantFrom('', 'file://', 'file:'), path, (scheme, rest) => {
        const source = `${scheme}/srv/art/1/r1/artifacts/${rest}`
        const isAccepted = (() => {
          try {
            checkSource(from(source, { run }))
            return true
          } catch {
            return false
          }
        })()
        // Names in a plain path stand for themselves.
        const meant = scheme === '' ? rest : rest.replaceAll(/%(25)*2e/g, '.')
        const resolved = normalPath(`/srv/art/1/r1/artifacts/${meant}`)
        expect(isAccepted).toBe(/^\/srv\/art\/1\/r1\/artifacts(?:\/|$)/.test(resolved))
      }),
      law(),
    )
  })
})
