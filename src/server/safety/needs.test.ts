import { describe, expect, it } from 'vitest'
import { groups } from '../mlflow/groups.ts'
import { askedBy, covers } from './needs.ts'

const endpoints = Object.values(groups)
  .flat()
  .map(({ method, path, version = '2.0' }) => ({ method, path: `/api/${version}${path}` }))

describe('what a request needs', () => {
  it('is to read for every endpoint of MLflow that is named like a question, else to write', () => {
    for (const { method, path } of endpoints) {
      const asks = method === 'GET' || /\/(?:search|get)[^/]*$/.test(path)
      expect([path, askedBy(method, path).need === 'read']).toEqual([path, asks])
    }
  })

  it('is the same on both surfaces and in every version', () => {
    for (const prefix of ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0'])
      expect(askedBy('POST', `${prefix}/mlflow/runs/search`)).toEqual({ need: 'read' })
  })

  it('is a write wherever the path is spelt in another way', () => {
    for (const path of [
      '/api/2.0/mlflow/runs/%73earch',
      '/api/2.0//mlflow/runs/search',
      '/api/2.0/mlflow/runs/search/',
      '/api/2.0/api/2.0/mlflow/runs/search',
      '/mlflow/runs/searchx',
    ])
      expect([path, askedBy('POST', path).need]).toEqual([path, 'write'])
  })

  it('names the past that is asked about', () => {
    expect(askedBy('POST', '/as-of/2026-11-14/api/2.0/mlflow/runs/search')).toEqual({
      need: 'read',
      asOf: '2026-11-14',
    })
    expect(askedBy('POST', '/as-of/7/api/2.0/mlflow/runs/create').need).toBe('write')
  })

  it('is nothing for what only says that the server is there', () => {
    for (const path of ['/health', '/version', '/livez', '/readyz'])
      expect(askedBy('GET', path).need).toBe('nothing')
    expect(askedBy('GET', '/metrics').need).toBe('read')
  })
})

describe('scopes', () => {
  it('cover what their names say', () => {
    expect(covers(['read'], 'write')).toBe(false)
    expect(covers(['write'], 'read')).toBe(true)
    expect(covers(['approve'], 'approve')).toBe(true)
    expect(covers(['approve'], 'write')).toBe(false)
    expect(covers(['read', 'approve'], 'approve')).toBe(true)
    expect(covers(['admin'], 'write')).toBe(true)
    expect(covers([], 'nothing')).toBe(true)
    expect(covers([], 'read')).toBe(false)
  })
})
