import { disabledDefaults, environmentSwitch } from '../os/environment-switch.ts'
import { isTestFile } from '../os/test-file.ts'
import { publish } from '../publish.ts'

/**
 * Publishes the default registry where nothing has yet, but not in the process of a test, or where it is not wanted. Returns
 * whether it is wanted.
 */
export function publishDefault(): boolean {
  const { JEST_WORKER_ID, VITEST_WORKER_ID } = process.env
  if (JEST_WORKER_ID || VITEST_WORKER_ID || isTestFile()) return false
  if (environmentSwitch('PLIMSOLL_DISABLED', disabledDefaults)) return false
  try {
    publish()
  } catch (error) {
    process.emitWarning(error as Error)
  }
  return true
}
