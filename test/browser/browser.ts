import { chromium, type Page } from 'playwright-core'
import { inject } from 'vitest'
import type { Lab } from './page/main.ts'

export const args = [
  // Root, which runs the tests in containers, may not have Chromium's sandbox.
  '--no-sandbox',
  // Containers have little shared memory.
  '--disable-dev-shm-usage',
  '--host-resolver-rules=MAP lab.test 127.0.0.1',
]

/** A headless Chromium of its own. */
export const launch = () => chromium.launch({ executablePath: inject('chromium'), args })

/** Where the pages are. `lab.test` is this machine under a name that browsers do not trust. */
export const addressOf = (path = '', host = '127.0.0.1'): string =>
  `http://${host}:${inject('port')}/${path}`

type Task = keyof Lab
type Answer<Name extends Task> = Awaited<ReturnType<Lab[Name]>>

/** Asks a page's program for something; its error comes back as one. */
export const ask = async <Name extends Task>(
  page: Page,
  ...[task, ...values]: [Name, ...Parameters<Lab[Name]>]
): Promise<Answer<Name>> => {
  const call: readonly [string, readonly unknown[]] = [task, values]
  const answer: unknown = await page.evaluate(
    ([name, input]) => Reflect.get(Reflect.get(globalThis, 'lab'), name)(...input),
    call,
  )
  // `as`: the page answers what its program is typed to answer, as far as values can travel.
  return answer as Answer<Name>
}
