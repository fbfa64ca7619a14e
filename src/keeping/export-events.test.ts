import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  historyOf,
  type Said,
  settings,
  storedBytes,
  wholeText,
} from '../../test/keeping/history.ts'
import { law } from '../../test/property.ts'
import { open } from '../index.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { emptyHead, encodeCommit } from '../kernel/log/commit.ts'
import { openLevelLog } from '../kernel/log/level-log.ts'
import { openMemoryLog } from '../kernel/log/memory-log.ts'
import { hexOf } from './bytes.ts'
import { linesOf } from './export-events.ts'
import { exportEvents, importEvents } from './index.ts'
import type { LogSource } from './log-source.ts'

let folder: string
let lines: string[]

const said = (data: unknown, rest: Partial<Said> = {}): Said => ({
  stream: 'thing:1',
  type: 'thing.happened',
  actor: 'ana',
  later: 1,
  data,
  ...rest,
})

const linesIn = async (source: LogSource): Promise<string[]> =>
  (await wholeText(linesOf(source))).trimEnd().split('\n')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-lines-'))
  const source = await historyOf([
    [said({ a: 1 }), said({ name: 'b' }, { meta: { comment: 'why\nnot', causation: 0 } })],
    [said(Float64Array.of(0.5, 2))],
    [said({ c: -0 })],
  ])
  lines = await linesIn(source)
})

afterAll(() => rm(folder, { recursive: true }))

/** What became of an import into a place of its own. */
const imported = async (text: Iterable<string>): Promise<string> => {
  const to = join(folder, 'store')
  try {
    await importEvents(text, to)
    await rm(to, { recursive: true })
    return 'taken'
  } catch (error) {
    expect(await readdir(folder)).toEqual([])
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

const joined = (all: readonly string[]): string[] => [`${all.join('\n')}\n`]

describe('A line of an export', () => {
  it('is a CloudEvent that says what the event says', () => {
    const parsed: unknown = JSON.parse(lines[2] ?? '')
    expect(parsed).toEqual({
      specversion: '1.0',
      source: `/stores/${settings.id}`,
      type: 'thing.happened',
      id: `${settings.id}/1`,
      subject: 'thing:1',
      time: new Date(settings.createdAt + 2).toISOString(),
      datacontenttype: 'application/json',
      sequence: '00000000000000000001',
      revision: 1,
      schemaversion: 1,
      actor: 'ana',
      meta: '{"comment":"why\\nnot","causation":0}',
      commit: 0,
      epoch: 1,
      previous: '0'.repeat(64),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      data: { name: 'b' },
    })
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({ data: { $f64: [0.5, 2] } })
  })

  it('has only names and values that a CloudEvent may have', () => {
    for (const line of lines) {
      const event: Record<string, unknown> = JSON.parse(line)
      for (const [name, value] of Object.entries(event)) {
        expect(name).toMatch(/^[a-z0-9]{1,20}$/)
        if (name !== 'data') expect(['string', 'number']).toContain(typeof value)
      }
      expect(event).toMatchObject({ specversion: '1.0', id: expect.any(String) })
    }
  })
})

describe('An export of lines', () => {
  it('of a store gives its answers back, in pieces of any size', async () => {
    await using varve = await open({ memory: true, facts: false })
    const run = await varve.runs.start({ experiment: '__proto__', params: { constructor: '😀' } })
    await run.logMetrics({ 'loss/$num': Number.NaN, up: Number.POSITIVE_INFINITY, zero: -0 })
    await varve.registry.createVersion('churn', { run: run.id })
    const text = await wholeText(exportEvents(varve))
    for (const size of [1, 1000, text.length]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      )
      const to = join(folder, 'answers')
      const copy = await importEvents(pieces, to)
      expect(copy).toMatchObject({ artifacts: 0, head: (await varve.log.info()).head })
      const again = await open(to)
      expect(await again.runs.get(run.id)).toEqual(await varve.runs.get(run.id))
      expect(await again.registry.list()).toEqual(await varve.registry.list())
      expect(await again.verify()).toMatchObject({ ok: true })
      await again.close()
      await rm(to, { recursive: true })
    }
  })

  it('may have other line ends, and none after the last', async () => {
    expect(await imported([lines.join('\r\n')])).toBe('taken')
    expect(await imported([`\n${lines.join('\n\n')}`])).toBe('taken')
  })

  it('that lacks a line, or has one twice or elsewhere, is refused and leaves nothing', async () => {
    for (const [at, line] of lines.entries()) {
      expect(await imported(joined(lines.toSpliced(at, 1)))).toBe('LOG_CORRUPT')
      expect(await imported(joined(lines.toSpliced(at, 0, line)))).toBe('LOG_CORRUPT')
      const swapped = lines.toSpliced(at, 1).toSpliced((at + 2) % lines.length, 0, line)
      expect(await imported(joined(swapped))).toBe('LOG_CORRUPT')
    }
    expect(await imported([])).toBe('LOG_CORRUPT')
    expect(await imported(['no JSON'])).toBe('LOG_CORRUPT')
  })

  const ignored = new Set(['id', 'datacontenttype', 'specversion'])

  it('in which any value is changed is refused, and leaves nothing', async () => {
    const values = lines.flatMap((line, at) =>
      Object.keys(JSON.parse(line))
        .filter((name) => !ignored.has(name))
        .map((name) => ({ at, name })),
    )
    const other = fc.oneof(
      fc.string(),
      fc.nat(),
      fc.constant(null),
      fc.dictionary(fc.string(), fc.nat()),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...values), other, async ({ at, name }, value) => {
        const event: Record<string, unknown> = JSON.parse(lines[at] ?? '')
        fc.pre(JSON.stringify(event[name]) !== JSON.stringify(value))
        const changed = JSON.stringify({ ...event, [name]: value })
        const result = await imported(joined(lines.with(at, changed)))
        expect(result).toMatch(/^(?:LOG_CORRUPT|LOG_FORMAT)$/)
      }),
      law(),
    )
  })

  it('that is changed is refused with the position', async () => {
    const changed = lines.with(4, (lines[4] ?? '').replace('-0', '-1'))
    await expect(importEvents(joined(changed), join(folder, 'new'))).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      data: { position: 3 },
    })
  })
})

describe('A commit that today would be written as other bytes', () => {
  const event: RecordedEvent = {
    position: 0,
    stream: 'thing:1',
    revision: 0,
    type: 'thing.happened',
    schema: 1,
    recordedAt: settings.createdAt,
    actor: 'ana',
    data: { column: Float64Array.of(0.5) },
  }

  /** The column is in the encoding for long ones, as a varve of another release may have chosen. */
  const older = async (): Promise<LogSource> => {
    const bytes = new Uint8Array(Float64Array.of(0.5).buffer)
    const storable = {
      plain: { column: null },
      extracts: [[['column'], 0, 1, bytes] as const],
      bytes: 8,
    }
    const log = await openMemoryLog()
    const { stored, head } = encodeCommit([{ event, storable }], emptyHead, 1)
    await log.append(stored)
    return { ...(await historyOf([])), log, head }
  }

  it('brings its bytes along, and has the same hash when it is imported', async () => {
    const source = await older()
    const to = join(folder, 'older')
    const exported = await linesIn(source)
    expect(JSON.parse(exported[1] ?? '')).toMatchObject({
      data: { column: { $f64: [0.5] } },
      stored: expect.any(String),
    })
    expect((await importEvents(joined(exported), to)).head).toBe(hexOf(source.head.hash))
    const { log } = await openLevelLog(join(to, 'log'), { now: 0 })
    expect(await storedBytes(log)).toEqual(await storedBytes(source.log))
    await log.close()
    await rm(to, { recursive: true })
  })

  it('is refused when its lines say something else', async () => {
    const exported = await linesIn(await older())
    for (const [from, to] of [
      ['[0.5]', '[0.75]'],
      ['"ana"', '"eve"'],
      ['"stored":"', '"stored":"AAAA'],
      ['"stored":"', '"stored":"!'],
    ] as const) {
      const changed = exported.with(1, (exported[1] ?? '').replace(from, to))
      expect(changed).not.toEqual(exported)
      expect(await imported(joined(changed))).toBe('LOG_CORRUPT')
    }
  })
})
