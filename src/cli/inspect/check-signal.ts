import { setTimeout as delay } from 'node:timers/promises'
import { inspectorSignal } from '../../runtime/inspector-signal.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { catchesSigusr1, freeDescriptors, hasFile, isStopped, sleepOf } from './other-process.ts'

/** An event loop that waits for events runs its heartbeat every second. */
const lateSeconds = 2
const sleepMs = 200
/** An inspector takes eight or so: an event loop of its own, the port, connections. */
const neededDescriptors = 32

/**
 * Throws an error with the reason where SIGUSR1 would not have Node open the inspector of the process that writes a page, or
 * only when nobody is there any more who closes it.
 */
export async function checkSignal({ families }: Snapshot, page: PageInfo): Promise<void> {
  const { pid, file, state, written } = page
  const family = families.find(({ name }) => name === inspectorSignal)
  const [series] = (family?.series ?? []) as readonly { readonly value?: unknown }[]
  if (series === undefined) throw new Error('it does not show whether SIGUSR1 is free, as plimsoll/register has it do')
  if (series.value !== 1)
    throw new Error('the app handles SIGUSR1 itself, or it is the primary of a cluster: inspect a worker')
  // The app may have taken the signal after the page was written last.
  if (written !== undefined && state === 'blocked')
    throw new Error('its page is written once a second, and was not since it is blocked')
  if (file === null || !hasFile(pid, file)) throw new Error('it is not the process that writes the page')
  if (!catchesSigusr1(pid)) throw new Error('Node does not handle SIGUSR1 there')
  // It would open the inspector once it goes on, when nobody is there who closes it.
  if (isStopped(pid)) throw new Error('it is stopped, as by SIGSTOP or a debugger')
  if (freeDescriptors(pid) < neededDescriptors)
    throw new Error('it has hardly any file descriptors left, and Node ends a process that has none for its inspector')
  if ((page.heartbeatAge ?? 0) > lateSeconds && (await isInSystemCall(pid)))
    throw new Error(
      'it is in a synchronous system call, as of execSync or readFileSync, and runs no JavaScript until that is over',
    )
}

/** Whether a main thread whose event loop does not turn sleeps all the time. `Atomics.wait` ends its sleep by itself. */
async function isInSystemCall(pid: number): Promise<boolean> {
  const before = sleepOf(pid)
  if (before === undefined || before.place.startsWith('futex')) return false
  await delay(sleepMs)
  const after = sleepOf(pid)
  return after?.place === before.place && after.count === before.count
}
