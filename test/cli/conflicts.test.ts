import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { parseJson } from 'plimsoll/formats'
import { mappingUnavailable } from '#src/os/map.ts'
import { newFolder, plimsoll } from './processes.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

test(
  'what a deploy declares otherwise is one line of show and poll, a comment for Prometheus, and shown by --all',
  needsPages,
  async (t) => {
    const dir = newFolder(t)
    const publishOne = (declare: (registry: Registry) => void): void => {
      const registry = new Registry()
      declare(registry)
      const publication = publish({ registry, dir, app: 'shop', onWarning: () => {} })
      t.after(() => publication.close())
    }
    publishOne((registry) => registry.counter('jobs').add(41))
    publishOne((registry) => registry.gauge('jobs').set(7))
    const reason = `the counter of pid ${process.pid} cannot be added to the gauge of newer processes`
    const line = `plimsoll: jobs: ${reason}; "plimsoll show --all" shows it.\n`
    const brief = await plimsoll('show', 'shop', '--dir', dir)
    assert.deepEqual([brief.status, brief.stderr], [0, line])
    assert.match(brief.stdout, /^jobs +gauge, sum\n +\(all\) +7$/m)
    assert.match(brief.stdout, /^plimsoll\.conflicts +gauge, sum.*\n +family=jobs +1$/m)
    assert.doesNotMatch(brief.stdout, /\) +41$/m)
    const whole = await plimsoll('show', 'shop', '--all', '--dir', dir)
    assert.match(
      whole.stdout,
      /not in totals: newer processes declare these differently\n\njobs +counter\n +\(all\) +41\n$/,
    )
    const text = await plimsoll('show', 'shop', '--prometheus', '--dir', dir)
    assert.match(text.stdout, new RegExp(`^# plimsoll: left out jobs: ${reason}\n`))
    assert.match(text.stdout, /^jobs 7$/m)
    const json = await plimsoll('show', 'shop', '--json', '--dir', dir)
    assert.deepEqual(
      parseJson(json.stdout).conflicts?.map(({ family }) => family.kind),
      ['counter'],
    )
    const poll = await plimsoll('poll', 'shop', 'jobs', '-d', '0.05', '-c', '2', '--dir', dir)
    assert.ok(poll.stderr.startsWith(line), poll.stderr)
    assert.equal(poll.stderr.split('jobs:').length, 2)
    assert.deepEqual(
      poll.stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((row) => row.split('\t')[3]),
      ['7', '7'],
    )
  },
)
