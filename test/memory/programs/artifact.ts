import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { open } from 'varve'
import { serve } from 'varve/server'

/** Sends an artifact of so many MiB to a server in a process of its own, in as small a heap, and reads it back. */
const [, program = '', folder = '', total = '', role = 'client'] = process.argv

const piece = 1024 * 1024
const most = 96 * piece

/** Serves until it is told to end, and tells then whether it ever held more than a few buffers. */
const runServer = async (): Promise<void> => {
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers)
  }, 5)
  const varve = await open(folder, { durability: 'os', facts: false })
  const server = await serve(varve, { port: 0 })
  process.send?.(server.url)
  await once(process, 'message')
  clearInterval(watch)
  await server.close()
  await varve.close()
  process.send?.(peak < most ? 'few' : String(peak))
  process.disconnect()
}

const content = (hash: ReturnType<typeof createHash>): ReadableStream<Uint8Array> => {
  let count = 0
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (count === Number(total)) return controller.close()
        count += 1
        const bytes = new Uint8Array(piece).fill(count % 251)
        hash.update(bytes)
        controller.enqueue(bytes)
      },
    },
    { highWaterMark: 0 },
  )
}

const runClient = async (): Promise<void> => {
  const server = fork(program, [folder, total, 'server'])
  const [address] = await once(server, 'message')
  const url = `${String(address)}/api/2.0/mlflow-artifacts/artifacts/model.bin`
  const [sent, read] = [createHash('sha256'), createHash('sha256')]
  // `as`: Node wants `duplex` for streams, which its types do not know.
  const init = { method: 'PUT', body: content(sent), duplex: 'half' } as RequestInit
  const { status } = await fetch(url, init)
  let size = 0
  for await (const chunk of (await fetch(url)).body ?? []) {
    read.update(chunk)
    size += chunk.length
  }
  const isSame = sent.digest('hex') === read.digest('hex')
  server.send('end')
  const [held] = await once(server, 'message')
  process.stdout.write(`status ${status}, bytes ${size}, same ${isSame}, held ${String(held)}\n`)
}

await (role === 'server' ? runServer() : runClient())
