import { hostname } from 'node:os'
import { PlimsollError } from '../../errors.ts'
import { durationText } from '../../formats/table/durations.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { type Arguments, invalidArgument } from '../arguments.ts'
import type { Context } from '../result.ts'
import { pageOf } from '../select/page-snapshots.ts'
import { selectionOf } from '../select/selection.ts'

/** The process that a command looks into. */
export interface InspectedProcess {
  /** The page of its main thread. */
  readonly snapshot: Snapshot
  /** Why it was chosen, where its app has several processes. */
  readonly reason: string | undefined
}

/**
 * The process of this machine that a process id or an app names; of an app with several, the only one that is blocked. Throws
 * PLIMSOLL_PAGE_NOT_FOUND, PLIMSOLL_INSPECT_ENDED for a process that has, PLIMSOLL_OPTION_INVALID for an app of whose processes
 * none or several are blocked.
 */
export function inspectedProcess(args: Arguments, target: string, { clock }: Context): InspectedProcess {
  const selection = selectionOf(args, [target], clock)
  const { snapshots, failures } = selection.read()
  selection.close()
  const pages = snapshots.map(pageOf)
  const found = snapshots.filter((one) => {
    const { tid, host, ...page } = pageOf(one)
    return tid === 0 && host === hostname() && isAlive(page)
  })
  const [first, second] = found
  if (first !== undefined && (second === undefined || target === String(pageOf(first).pid)))
    return { snapshot: first, reason: undefined }
  if (first !== undefined) return onlyBlocked(args, target, found)
  const there = pages.find(({ tid, state }) => tid === 0 && state !== 'archived')
  if (there === undefined && failures[0] !== undefined) throw failures[0].error
  const pid = there?.pid ?? target
  if (there === undefined || !isAlive(there)) throw new PlimsollError('PLIMSOLL_INSPECT_ENDED', { pid })
  throw new PlimsollError('PLIMSOLL_INSPECT_FAILED', { pid, reason: `it runs on another host, ${there.host}` })
}

function onlyBlocked(args: Arguments, app: string, found: readonly Snapshot[]): InspectedProcess {
  const [blocked, second] = found.filter((one) => pageOf(one).state === 'blocked')
  if (blocked === undefined || second !== undefined) {
    const inOrder = found.map(pageOf).sort((a, b) => a.pid - b.pid)
    throw invalidArgument(args.command, 'pid', app, `one of its processes: ${inOrder.map(nameOf).join(', ')}`)
  }
  const { pid, heartbeatAge } = pageOf(blocked)
  const others = found.length === 2 ? 'the other one is not' : `the other ${found.length - 1} are not`
  const reason = `${pid} is the only process of ${app} that is blocked, for ${durationText(heartbeatAge ?? 0)}; ${others}.`
  return { snapshot: blocked, reason }
}

function nameOf({ pid, state }: PageInfo): string {
  return state === 'blocked' ? `${pid} (blocked)` : String(pid)
}
