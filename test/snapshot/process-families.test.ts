import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatPrometheus } from 'plimsoll/formats'
import type { PageInfo, Snapshot } from 'plimsoll/snapshot'
import { withProcesses } from 'plimsoll/snapshot'

function page(pid: number, state: PageInfo['state'], more: Partial<PageInfo> = {}): PageInfo {
  return { file: null, pid, tid: 0, app: 'shop', host: 'a', startedAt: 1, state, heartbeatAge: 0.5, ...more }
}

const pages = [
  page(1, 'live'),
  page(2, 'blocked', { heartbeatAge: 4, worker: '2', tid: 3 }),
  page(3, 'live', { heartbeatAge: null }),
  page(4, 'exited', { endedAt: 5 }),
  page(5, 'killed', { endedAt: null }),
  page(6, 'archived'),
]
const empty: Snapshot = { version: 1, takenAt: 0, pages, families: [] }

test('The metrics about processes count states, and have the heartbeat of each that lives', () => {
  assert.equal(
    formatPrometheus(withProcesses(empty, 2)),
    `# HELP plimsoll_heartbeat_age_seconds Time since the event loop of a worker last ran
# TYPE plimsoll_heartbeat_age_seconds gauge
plimsoll_heartbeat_age_seconds{worker="",pid="1",tid="0"} 0.5
plimsoll_heartbeat_age_seconds{worker="2",pid="2",tid="3"} 4
# HELP plimsoll_processes Processes, and threads that publish, by state
# TYPE plimsoll_processes gauge
plimsoll_processes{state="live"} 2
plimsoll_processes{state="blocked"} 1
plimsoll_processes{state="exited"} 1
plimsoll_processes{state="killed"} 1
# HELP plimsoll_unreadable_pages Pages that could not be read
# TYPE plimsoll_unreadable_pages gauge
plimsoll_unreadable_pages 2
`,
  )
})

test('Workers of several hosts are told apart by the label host, and families of these names are replaced', () => {
  const twice = withProcesses(withProcesses({ ...empty, pages: [...pages, page(1, 'live', { host: 'b' })] }))
  const text = formatPrometheus(twice)
  assert.match(text, /^plimsoll_heartbeat_age_seconds\{worker="",pid="1",tid="0",host="b"} 0\.5$/m)
  assert.doesNotMatch(text, /left out|unreadable/)
})

test('A worker that publishes several registries counts once, with the heartbeat that is oldest', () => {
  const twice = [page(1, 'live'), page(1, 'blocked', { heartbeatAge: 4 }), page(1, 'live', { heartbeatAge: null })]
  const text = formatPrometheus(withProcesses({ ...empty, pages: twice }))
  assert.deepEqual(
    text.split('\n').filter((line) => /age_seconds\{|live|blocked/.test(line)),
    [
      'plimsoll_heartbeat_age_seconds{worker="",pid="1",tid="0"} 4',
      'plimsoll_processes{state="live"} 0',
      'plimsoll_processes{state="blocked"} 1',
    ],
  )
})
