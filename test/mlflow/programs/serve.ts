import { open } from 'varve'
import { serve } from 'varve/server'

/** Serves the store in a folder, says where, and ends when its input does. */
const [folder = ''] = process.argv.slice(2)
const varve = await open(folder)
const server = await serve(varve, { port: 0, lightGlobals: true })
process.stdout.write(`${server.url}\n`)
process.stdin.resume().once('end', async () => {
  await server.close()
  await varve.close()
})
