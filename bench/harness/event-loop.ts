import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How finely the event loop is watched, in ms: a turn is measured to about this much too long. */
const resolution = 1

/** Watches the event loop while a task runs; gives the longest time in ms for which nothing else could. */
export const longestTurn = async (task: () => Promise<unknown>): Promise<number> => {
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  await task()
  // Gives the timer that watches its turn after the last of the task's.
  await new Promise((resolve) => setTimeout(resolve, 2 * resolution))
  delay.disable()
  return delay.max / 1e6
}

/** What the machine itself takes away meanwhile, where nothing runs in the process but a timer. */
export const idleTurn = (): Promise<number> =>
  longestTurn(() => new Promise((resolve) => setTimeout(resolve, 500)))
