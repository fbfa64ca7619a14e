import { open } from 'varve'

addEventListener('message', async ({ data }) => {
  const [name, task] = data
  const varve = await open(name)
  const run = await varve.runs.start({ experiment: task })
  await run.end()
  const { experiment } = await varve.runs.get(run.id)
  const { ok } = await varve.verify()
  const { owner } = await varve.log.info()
  if (task !== 'hold') await varve.close()
  postMessage({ experiment, ok, page: owner.page })
})
