import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PageInfo } from 'plimsoll/snapshot'
import { publishedLabels } from 'plimsoll/snapshot'

function page(labels?: Record<string, string>, state: PageInfo['state'] = 'live'): PageInfo {
  const life = { startedAt: 1, state, heartbeatAge: 0 }
  return { file: null, pid: 1, tid: 0, app: 'shop', host: 'a', ...life, ...(labels && { labels }) }
}

test('The published labels of an app are those that all its processes have alike', () => {
  const eu = page({ zone: 'eu', queue: 'mail' })
  assert.deepEqual(publishedLabels([eu, page({ zone: 'eu', queue: 'web' }), page(undefined, 'archived')]), {
    zone: 'eu',
  })
  assert.deepEqual(publishedLabels([eu]), { zone: 'eu', queue: 'mail' })
  assert.deepEqual(publishedLabels([eu, page()]), {})
  assert.deepEqual(publishedLabels([]), {})
})
