import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

/** A server under test, in a process of its own. */
export interface Served extends AsyncDisposable {
  readonly url: string
}

/** The environment of this process without what would change what the client or a server does. */
export const ownEnvironment = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:MLFLOW_|VARVE_|NODE_OPTIONS$|PYTHON|GIT_)/.test(name),
  )
  return { ...Object.fromEntries(kept), MLFLOW_DISABLE_TELEMETRY: 'true', ...more }
}

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** Serves an empty store in the folder. */
export const serveVarve = async (programs: string, folder: string): Promise<Served> => {
  const child = spawn(process.execPath, [join(programs, 'serve.js'), folder], {
    env: ownEnvironment({}),
    cwd: programs,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  for await (const url of createInterface({ input: child.stdout }))
    return {
      url,
      [Symbol.asyncDispose]: async () => {
        child.stdin.end()
        await ended(child)
      },
    }
  throw new Error('The server ended before it said where it is.')
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}

const isHealthy = async (url: string): Promise<boolean> =>
  await fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  )

/** Starts MLflow's own server on an empty SQLite store in the folder. */
export const serveMlflow = async (python: string, folder: string): Promise<Served> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', `${port}`]
  const stores = [
    '--workers=1',
    `--backend-store-uri=sqlite:///${folder}/mlflow.db`,
    `--artifacts-destination=${folder}/artifacts`,
  ]
  const output: Buffer[] = []
  // It starts processes of its own: they are one group, and end as one.
  const child = spawn(python, [...args, ...stores], {
    // It would start four more processes for jobs that nothing here asks for.
    env: ownEnvironment({ MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' }),
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => output.push(chunk))
  while (!(await isHealthy(url))) {
    if (child.exitCode !== null)
      throw new Error(`MLflow's server does not start.\n${Buffer.concat(output)}`)
    await pause(200)
  }
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
      await ended(child)
    },
  }
}
