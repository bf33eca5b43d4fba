import { readFileSync } from 'node:fs'
import { ownNamespace } from './thread-life.ts'

/** The pid namespace that a machine begins with: PROC_PID_INIT_INO of Linux. */
const firstNamespace = 0xeffffffc
const idLength = 12

/**
 * Distinguishes a container from others with the same host name, such as those of one pod: the beginning of its id, as its
 * runtime shows it, else the number of its pid namespace. Empty outside of containers.
 */
export function containerId(): string {
  const namespace = ownNamespace()
  if (namespace === 0 || namespace === firstNamespace) return ''
  try {
    const id = /[0-9a-f]{64}/.exec(readFileSync('/proc/self/cgroup', 'latin1'))
    if (id !== null) return id[0].slice(0, idLength)
  } catch {
    // It may not be read, or there is no such file.
  }
  return String(namespace)
}
