import type { Selection } from '../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import { bySeverity, counted, type Finding } from './finding.ts'
import { loadSelection } from './load.ts'
import { archiveFindings, recordingFindings } from './recording-rules.ts'
import { endedRules, processRules } from './rules.ts'
import { Seen } from './seen.ts'

/** What {@link findingsOf} needs of a source; it has what `loadOf` needs. */
export const findingsSelection: Selection = {
  ...loadSelection,
  families: [
    ...(loadSelection.families ?? []),
    'process.unix.file_descriptor.*',
    'container.*',
    'nodejs.uncaught_exceptions',
    'v8js.memory.heap.used',
    'plimsoll.*',
  ],
}

/** What is wrong with a process, or was when it ended, from the snapshot of its page; the worst first. */
export function findingsOf(snapshot: Snapshot): Finding[] {
  return findingsIn(new Seen(snapshot))
}

/** The same of what was seen in the snapshot. How a process ended comes before what it did last. */
export function findingsIn(seen: Seen): Finding[] {
  const { page } = seen
  if (page === undefined) return []
  if (page.state === 'archived') return archiveFindings(seen).map((one) => ({ ...one, page }))
  const found: Finding[] = []
  for (const rule of page.state === 'exited' ? endedRules : processRules) {
    const one = rule(seen)
    if (one !== undefined) found.push({ ...one, page })
  }
  for (const one of recordingFindings(seen)) found.push({ ...one, page })
  return endFirst(found)
}

function endFirst(found: readonly Finding[]): Finding[] {
  const sorted = bySeverity(found)
  const killed = sorted.findIndex(({ rule }) => rule === 'killed')
  return killed > 0 ? [...sorted.splice(killed, 1), ...sorted] : sorted
}

/** Rules about distributions, which are read less often than numbers. */
const minuteRules: readonly string[] = ['loop-delay', 'gc', 'server-errors']

/** The findings where distributions were left out, with what was found before in these. */
export function findingsWith(before: readonly Finding[], numbers: Seen): Finding[] {
  const found = findingsIn(numbers)
  const kept = before.filter(({ rule }) => minuteRules.includes(rule))
  return kept.length === 0 ? found : endFirst([...found, ...kept])
}

/** Pages of ended processes are compacted by then, where anybody does it: after 10 minutes. */
const compactedSeconds = 600

/** What is wrong with a directory, by its pages that are in no archive. */
export function pageFindings(pages: readonly PageInfo[]): Finding[] {
  const left = pages.filter(({ state, heartbeatAge }) => {
    return (state === 'exited' || state === 'killed') && (heartbeatAge ?? 0) > compactedSeconds
  })
  if (left.length === 0) return []
  return [
    {
      rule: 'not-compacted',
      severity: 'warning',
      text: `${counted(left.length, 'page')} of ended processes that nobody compacts`,
      advice: 'Run "plimsoll clean", or read the fleet with the option compact in a process that stays.',
    },
  ]
}
