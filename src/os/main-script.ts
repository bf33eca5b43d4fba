import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'
import { launchedScript } from './launched-script.ts'

/** Under which a main thread leaves its script for its worker threads, whatever copy of this package they load. */
const key = 'plimsoll.main-script.1'

/**
 * The real path of the script that this process was started for, also where PM2 started its own in place of it, and in
 * worker threads if the main thread has asked as well. Undefined where there is none (`node --eval`).
 */
export function mainScript(): string | undefined {
  const left = isMainThread ? undefined : (getEnvironmentData(key) as { script?: string } | undefined)
  if (left !== undefined) return left.script
  const script = launchedScript()
  if (isMainThread) setEnvironmentData(key, { script })
  return script
}
