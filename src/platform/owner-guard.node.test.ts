import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { codeOf } from '../kernel/errors.ts'
import { forgetOwner, ownerOf, recordOwner } from './owner-file.node.ts'
import { lockedError, ownerGuard } from './owner-guard.node.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))
let compiled: string
let folder: string

/** Node 20 does not run TypeScript, and the other owner must be a process of its own. */
beforeAll(async () => {
  compiled = await realpath(await mkdtemp(join(tmpdir(), 'varve-guard-')))
  const config = {
    extends: join(repository, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rootDir: join(repository, 'src'),
      outDir: compiled,
      types: ['node'],
      typeRoots: [join(repository, 'node_modules/@types')],
    },
    include: [],
    files: [join(repository, 'src/platform/owner-guard.node.ts')],
  }
  await writeFile(join(compiled, 'tsconfig.json'), JSON.stringify(config))
  await writeFile(join(compiled, 'package.json'), '{"type":"module"}')
  execFileSync(process.execPath, [
    join(repository, 'node_modules/typescript/bin/tsc'),
    '-p',
    compiled,
  ])
  await writeFile(
    join(compiled, 'hold.js'),
    `import { ownerGuard } from './platform/owner-guard.node.js'
     const [folder, then] = process.argv.slice(2)
     try {
       const guard = await ownerGuard(folder)
       console.log('held')
       if (then === 'stay') setInterval(() => {}, 1000)
       if (then === 'compute') for (;;);
       if (then === 'release') await guard.release()
     } catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message, data: error.data })) }`,
  )
  await writeFile(
    join(compiled, 'cluster.js'),
    `import cluster from 'node:cluster'
     import { ownerGuard } from './platform/owner-guard.node.js'
     if (cluster.isPrimary) {
       let answers = 0
       cluster.on('message', (_worker, answer) => {
         console.log(answer)
         if (++answers === 2) process.exit()
       })
       cluster.fork()
       cluster.fork()
     } else {
       const answer = await ownerGuard(process.argv[2]).then(() => 'held', (error) => error.code)
       process.send(answer)
       setInterval(() => {}, 1000)
     }`,
  )
})
afterAll(() => rm(compiled, { recursive: true, force: true }))

const children: ChildProcess[] = []
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'varve-owner-')))
})
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child)
  await rm(folder, { recursive: true, force: true })
})

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

/** Another process that takes the folder; resolves with the first line that it prints. */
const another = async (
  then: 'stay' | 'compute' | 'release' | 'end',
): Promise<{ child: ChildProcess; line: string }> => {
  const child = spawn(process.execPath, [join(compiled, 'hold.js'), folder, then], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = await once(createInterface(child.stdout), 'line')
  return { child, line: String(line) }
}

const locked = (pid: number | undefined) => ({
  code: 'LOG_LOCKED',
  message: expect.stringContaining(
    `The store ${folder} is held by process ${pid} on ${hostname()}, since 20`,
  ),
  data: { pid, host: hostname(), since: expect.any(Number), folder },
})

describe('ownership of a folder', () => {
  it('is refused while another process has it, naming that process and the way out', async () => {
    const { child } = await another('stay')
    const before = Date.now()
    await expect(ownerGuard(folder)).rejects.toMatchObject(locked(child.pid))
    const error: unknown = await ownerGuard(folder).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      message: expect.stringMatching(/Use that one, or close it and open again/),
    })
    const owner = await ownerOf(folder)
    expect(owner?.pid).toBe(child.pid)
    expect(owner?.since).toBeLessThanOrEqual(before)
  })

  it('is refused to another process while this one has it', async () => {
    const guard = await ownerGuard(folder)
    const { line } = await another('end')
    expect(JSON.parse(line)).toMatchObject({ code: 'LOG_LOCKED', data: { pid: process.pid } })
    await guard.release()
    expect((await another('end')).line).toBe('held')
  })

  it('is free at once when its process is killed, whatever it left behind', async () => {
    const { child } = await another('stay')
    await kill(child)
    expect(await ownerOf(folder)).toMatchObject({ pid: child.pid })
    const guard = await ownerGuard(folder)
    expect(await ownerOf(folder)).toEqual(guard.owner)
    await guard.release()
    expect(await readdir(folder)).toEqual([])
  })

  it('names a process that is too busy to answer by what it wrote down', async () => {
    const { child } = await another('compute')
    await expect(ownerGuard(folder)).rejects.toMatchObject(locked(child.pid))
  })

  it('does not keep a process alive, nor outlive it', async () => {
    const { child } = await another('end')
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(0)
    await (await ownerGuard(folder)).release()
  })

  it('belongs to the folder, however it is spelled and wherever it is moved', async () => {
    const link = join(compiled, 'link')
    await symlink(folder, link)
    const guard = await ownerGuard(link)
    for (const path of [folder, link, `${folder}/.`, join(folder, 'x', '..')]) {
      await expect(ownerGuard(path)).rejects.toMatchObject({ code: 'LOG_LOCKED' })
    }
    await guard.release()
    await rm(link)
  })

  it('is refused within a process too, and free once released', async () => {
    const guard = await ownerGuard(folder)
    await expect(ownerGuard(folder)).rejects.toMatchObject({
      code: 'LOG_LOCKED',
      message: expect.stringContaining(`held by this process, ${process.pid}`),
    })
    await Promise.all([guard.release(), guard.release()])
    const next = await ownerGuard(folder)
    expect(next.exclusive).toBe(true)
    await next.release()
  })

  it('goes to one of many who ask at the same time', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => ownerGuard(folder)))
    const held = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(held).toHaveLength(1)
    for (const one of asked) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'LOG_LOCKED' })
    }
    await held[0]?.release()
  })

  it('goes to one of the workers of a cluster', () => {
    const answers = execFileSync(process.execPath, [join(compiled, 'cluster.js'), folder], {
      encoding: 'utf8',
    })
    expect(answers.trim().split('\n').sort()).toEqual(['LOG_LOCKED', 'held'])
  })

  it('of two folders is two ownerships, also when one is a copy of the other', async () => {
    const copy = join(folder, 'copy')
    await mkdir(join(folder, 'store'))
    const first = await ownerGuard(join(folder, 'store'))
    await cp(join(folder, 'store'), copy, { recursive: true })
    const second = await ownerGuard(copy)
    await Promise.all([first.release(), second.release()])
  })

  it('makes the folder, or says why it cannot', async () => {
    const guard = await ownerGuard(join(folder, 'new/store'))
    await guard.release()
    await writeFile(join(folder, 'file'), '')
    await expect(ownerGuard(join(folder, 'file/store'))).rejects.toMatchObject({
      code: 'LOG_WRITE_FAILED',
      data: { code: 'ENOTDIR' },
    })
  })
})

describe('owner.json', () => {
  const someone = { pid: 4_000_000, host: hostname(), since: 1_700_000_000_000 }

  it('is one line of JSON that names the owner', async () => {
    const guard = await ownerGuard(folder)
    expect(await readFile(join(folder, 'owner.json'), 'utf8')).toBe(
      `${JSON.stringify(guard.owner)}\n`,
    )
    await guard.release()
  })

  it('is read as nobody when it is damaged', async () => {
    for (const text of ['', '{', '[]', 'null', '{"pid":"1","host":"h","since":1}', '{"pid":1}']) {
      await writeFile(join(folder, 'owner.json'), text)
      expect(await ownerOf(folder)).toBeUndefined()
    }
  })

  it('is removed only by the owner whom it names', async () => {
    await recordOwner(folder, { owner: someone, exclusive: true })
    await forgetOwner(folder, { ...someone, since: 0 })
    expect(await ownerOf(folder)).toEqual(someone)
    await forgetOwner(folder, someone)
    expect(await ownerOf(folder)).toBeUndefined()
  })

  it('keeps a living owner where the guard is not exclusive, and replaces a dead one', async () => {
    const { child } = await another('stay')
    const holder = await ownerOf(folder)
    await recordOwner(folder, { owner: someone, exclusive: false })
    expect(await ownerOf(folder)).toEqual(holder)
    await kill(child)
    await recordOwner(folder, { owner: someone, exclusive: false })
    expect(await ownerOf(folder)).toEqual(someone)
  })
})

describe('the message of a held folder', () => {
  it('says so when the holder is not known', () => {
    expect(lockedError('/lab', undefined)).toMatchObject({
      code: 'LOG_LOCKED',
      message:
        'The store /lab is held by another process, which did not say who it is. Use that one, or close it and open again; a killed process frees the store at once.',
      data: { folder: '/lab' },
    })
  })

  it('that was replaced or removed tells its owner that it may not write any more', async () => {
    for (const takeOver of [
      () =>
        writeFile(join(folder, 'owner.json.new'), '{}').then(() =>
          rename(join(folder, 'owner.json.new'), join(folder, 'owner.json')),
        ),
      () => rm(join(folder, 'owner.json')),
    ]) {
      const guard = await ownerGuard(folder)
      for (let n = 0; n < 3; n++) guard.mayWrite?.()
      await takeOver()
      // A look counts for a moment.
      await expect.poll(() => codeOfThrown(() => guard.mayWrite?.())).toBe('LOG_DEPOSED')
      expect(codeOfThrown(() => guard.mayWrite?.())).toBe('LOG_DEPOSED')
      await guard.release()
    }
  })
})

const codeOfThrown = (call: () => void): string | undefined => {
  try {
    call()
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}
