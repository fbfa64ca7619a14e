const assert = require('node:assert/strict')
const varve = require('varve')
const interop = require('varve/interop')
const keeping = require('varve/keeping')
const testing = require('varve/testing')

/** Every entry by `require`: the very module that `import` gives, with a store that works. */
const [, , folder = ''] = process.argv

const main = async () => {
  for (const [name, required] of Object.entries({ varve, interop, keeping, testing })) {
    const entry = name === 'varve' ? name : `varve/${name}`
    const imported = await import(entry)
    assert.ok(Object.keys(imported).length > 0, entry)
    for (const key of Object.keys(imported)) assert.equal(required[key], imported[key], key)
  }
  const store = await varve.open(folder, { durability: 'os', facts: false })
  await store.runs.start({ experiment: 'required', params: { depth: 8 } }, async (run) => {
    await run.logMetric('auc', 0.94)
    await store.registry.createVersion('churn', { run: run.id })
  })
  await assert.rejects(store.runs.get('nobody'), { code: 'RUN_NOT_FOUND' })
  const { rows } = await store.runs.search({ filter: 'metrics.auc > 0.9' })
  assert.equal(rows[0].params.depth, '8')
  const { ok } = await store.verify()
  assert.equal(ok, true)
  await store.close()
  process.stdout.write('required: entries 4\n')
}

void main()
