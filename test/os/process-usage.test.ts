import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { containerId } from '#src/os/container.ts'
import { ProcessUsages } from '#src/os/process-usage.ts'

const options = process.platform === 'linux' ? {} : { skip: 'there is no /proc' }

function ownRss(): number {
  const place = { pid: process.pid, host: hostname(), container: containerId() }
  return new ProcessUsages().of(place, 0)?.rss ?? Number.NaN
}

test('the resident memory of a process is in bytes, whatever the size of a memory page is', options, (t) => {
  const { rss } = process.memoryUsage
  const real = rss()
  assert.ok(ownRss() > real / 1.3 && ownRss() < real * 1.3, `${ownRss()} instead of ${real}`)
  // As on machines whose pages have 64 KiB, such as some with arm64.
  t.mock.method(process.memoryUsage, 'rss', () => rss() * 16)
  assert.ok(ownRss() > (real * 16) / 1.3 && ownRss() < real * 16 * 1.3, `${ownRss()} instead of ${real * 16}`)
})

test('the mean since the start of a process is what it has used in all its time', options, () => {
  const place = { pid: process.pid, host: hostname(), container: containerId() }
  const end = performance.now() + 300
  while (performance.now() < end);
  const usage = new ProcessUsages().of(place, 0)
  const { user, system } = process.cpuUsage()
  const used = (user + system) / 1e6
  assert.equal(usage?.cpu, undefined)
  // The kernel counts in ticks of 10 ms.
  assert.ok(Math.abs((usage?.cpuSeconds ?? 0) - used) < 0.2, `${usage?.cpuSeconds} instead of ${used}`)
  const mean = used / process.uptime()
  assert.ok(Math.abs((usage?.meanCpu ?? 0) / mean - 1) < 0.4, `${usage?.meanCpu} instead of ${mean}`)
})
