import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Registry } from 'plimsoll'
import { findContainer } from '#src/os/cgroup.ts'
import { observeContainer } from '#src/runtime/container.ts'

/** A directory in place of `/` with these files. */
function rootWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-cgroup-'))
  t.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 10 }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const version2 = {
  'proc/self/cgroup': '0::/\n',
  'proc/self/mountinfo': '35 24 0:30 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n',
  'sys/fs/cgroup/memory.max': '536870912\n',
  'sys/fs/cgroup/memory.current': '104857600\n',
  'sys/fs/cgroup/cpu.max': '150000 100000\n',
  'sys/fs/cgroup/cpu.stat': 'usage_usec 9\nnr_periods 40\nnr_throttled 7\nthrottled_usec 2500000\n',
}

const found = {
  memoryLimit: 536_870_912,
  memoryUsage: 104_857_600,
  cpuLimit: 1.5,
  throttling: { periods: 40, throttled: 7, seconds: 2.5 },
}

test('The limits of a container are read from control groups of version 2', (t) => {
  assert.deepEqual(findContainer(rootWith(t, version2))(), found)
})

test('and of version 1, where the paths are those of the host', (t) => {
  const groups = '/docker/3f2a'
  const root = rootWith(t, {
    'proc/self/cgroup': `9:name=systemd:${groups}\n5:cpu,cpuacct:${groups}\n4:memory:${groups}\n0::${groups}\n`,
    'proc/self/mountinfo': [
      `31 30 0:28 ${groups} /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct`,
      `34 30 0:31 ${groups} /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory`,
      `40 30 0:37 ${groups} /sys/fs/cgroup/unified ro - cgroup2 cgroup2 rw`,
    ].join('\n'),
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '536870912\n',
    'sys/fs/cgroup/memory/memory.usage_in_bytes': '104857600\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '150000\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.stat': 'nr_periods 40\nnr_throttled 7\nthrottled_time 2500000000\n',
  })
  assert.deepEqual(findContainer(root)(), found)
})

test('The narrowest limit counts, of the group or of one above it', (t) => {
  const root = rootWith(t, {
    ...version2,
    'proc/self/cgroup': '0::/pod/container\n',
    'sys/fs/cgroup/memory.max': 'max\n',
    'sys/fs/cgroup/cpu.max': 'max 100000\n',
    'sys/fs/cgroup/pod/memory.max': '1000\n',
    'sys/fs/cgroup/pod/memory.current': '900\n',
    'sys/fs/cgroup/pod/container/memory.max': '2000\n',
    'sys/fs/cgroup/pod/container/memory.current': '10\n',
    'sys/fs/cgroup/pod/container/cpu.max': '50000 100000\n',
    'sys/fs/cgroup/pod/container/cpu.stat': 'nr_periods 3\n',
  })
  assert.deepEqual(findContainer(root)(), {
    memoryLimit: 1000,
    memoryUsage: 900,
    cpuLimit: 0.5,
    throttling: { periods: 3, throttled: 0, seconds: 0 },
  })
})

test('Without limits there is nothing, in either version, nor where nothing can be read', (t) => {
  const none2 = { ...version2, 'sys/fs/cgroup/memory.max': 'max\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' }
  const none1 = {
    'proc/self/cgroup': '5:cpu:/\n4:memory:/\n',
    'proc/self/mountinfo':
      '31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n34 30 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/memory/memory.usage_in_bytes': '5\n',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  }
  for (const files of [none2, none1, {}]) assert.deepEqual(findContainer(rootWith(t, files))(), {})
})

test('What has no limit has no metric, and a metric goes with its limit', async (t) => {
  const root = rootWith(t, version2)
  const limited = new Registry()
  const unlimited = new Registry()
  const stops = [observeContainer(limited, root), observeContainer(unlimited, rootWith(t, {}))]
  t.after(() => {
    for (const stop of stops) stop()
  })
  const names = (registry: Registry): string[] => registry.read().families.map(({ name }) => name)
  await until(() => names(limited).length > 0)
  assert.deepEqual(names(limited), [
    'container.cpu.limit',
    'container.cpu.periods',
    'container.cpu.throttled.periods',
    'container.cpu.throttled.time',
    'container.memory.limit',
    'container.memory.usage',
  ])
  writeFileSync(join(root, 'sys/fs/cgroup/memory.max'), 'max')
  await until(() => names(limited).length < 6)
  assert.deepEqual(
    names(limited).filter((name) => name.startsWith('container.memory')),
    [],
  )
  assert.deepEqual(names(unlimited), [])
})

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !isTrue(); i++) await wait(30)
}
