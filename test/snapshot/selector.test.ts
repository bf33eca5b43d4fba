import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'
import { formatSelector, matchSelector, parseSelectors, type Selector, type Snapshot } from 'plimsoll/snapshot'
import { globTest } from '#src/snapshot/glob.ts'
import { filterSnapshot } from '#src/snapshot/selector-match.ts'

function sample(): Snapshot {
  const registry = new Registry()
  const requests = registry.counter('http.requests', { labels: ['route', 'status'] })
  requests.labels({ route: '/', status: '200' }).add(90)
  requests.labels({ route: '/a,b*', status: '200' }).add(7)
  requests.labels({ route: '/', status: '503' }).add(3)
  const latency = registry.timer('http.latency', { labels: ['route'] })
  for (const [route, seconds] of [
    ['/', 0.1],
    ['/slow', 0.8],
  ] as const)
    latency.labels({ route }).record(seconds)
  registry.gauge('http.latency.max').set(5)
  registry.gauge('memory.used', { unit: 'By' }).set(12_000)
  registry.gauge('cache.warm', { type: 'bool' }).set(1)
  registry.state('pool.state', { states: ['idle', 'busy'] }).set('busy')
  registry.info('build', { version: '1.4.0' })
  return registry.read()
}

const snapshot = sample()

/** What a selector chooses: name, statistic and the values of the series. */
function chosen(text: string): (readonly [string, string, ...unknown[]])[] {
  return matchSelector(text, snapshot).map(({ family, statistic, series }) => {
    return [family.name, statistic, ...series.map(({ value }) => value)]
  })
}

describe('A selector chooses', () => {
  test('a family by its name, or families by a pattern, with their default statistic.', () => {
    assert.deepEqual(chosen('http.requests'), [['http.requests', 'value', 90, 3, 7]])
    assert.deepEqual(
      chosen('http.*').map(([name]) => name),
      ['http.latency', 'http.latency.max', 'http.requests'],
    )
    assert.deepEqual(chosen('htt?.requests').length, 1)
    assert.deepEqual(chosen('http.[a-m]*').length, 2)
    assert.deepEqual(chosen('http.[!a-m]*').length, 1)
    assert.deepEqual(chosen('http'), [])
  })

  test('series by labels: equal, different, a pattern, an expression, quoted text, and one that a series lacks.', () => {
    const values = (labels: string): unknown[] => chosen(`http.requests{${labels}}`)[0]?.slice(2) ?? []
    assert.deepEqual(values('status=200'), [90, 7])
    assert.deepEqual(values('status != 200'), [3])
    assert.deepEqual(values('status=5*,route=/'), [3])
    assert.deepEqual(values('status=~"2.|50."'), [3])
    assert.deepEqual(values('status!~50.'), [90, 7])
    assert.deepEqual(values('status=[!2]?[0-3]'), [3])
    assert.deepEqual(values('route="/a,b*"'), [7])
    assert.deepEqual(values('route="*"'), [])
    assert.deepEqual(values(String.raw`route=/a\,b\*`), [7])
    assert.deepEqual(values('host='), [90, 3, 7])
    assert.deepEqual(
      chosen('{status=503}').map(([name]) => name),
      ['http.requests'],
    )
  })

  test('a statistic, unless a family has the longer name.', () => {
    const [p99] = chosen('http.latency.p99')
    assert.equal(p99?.[1], 'p99')
    assert.ok(Math.abs((p99?.[3] as number) - 0.8) < 0.02)
    assert.deepEqual(chosen('http.latency.max'), [['http.latency.max', 'value', 5]])
    assert.deepEqual(chosen('http.latency{route=/slow}.max'), [['http.latency', 'max', 0.8]])
    assert.deepEqual(chosen('http.latency{}.count'), [['http.latency', 'count', 1, 1]])
    assert.deepEqual(chosen('http.requests.p99'), [])
  })

  test('what a comparison is true of, in the unit that is written.', () => {
    const fits = (text: string): boolean => chosen(text).length > 0
    const right = [
      'http.latency.p99 > 0.5',
      'http.latency.p99>500ms',
      'http.latency.p99 < 1min',
      'http.latency{route=/}.max = 100ms',
      'memory.used >= 12kB',
      'memory.used <= 12000',
      'cache.warm = true',
      'cache.warm != false',
      'pool.state = b*',
      'pool.state != idle',
      'pool.state.users = 0',
      'build = version=1.4.0',
    ]
    const wrong = [
      'http.latency.p99 > 900ms',
      'http.latency.p99 > 5kB',
      'memory.used > 12kB',
      'cache.warm = false',
      'pool.state = idle',
      'pool.state > 1',
      'http.requests = many',
      'http.requests != many',
    ]
    assert.deepEqual([right.slice(0, -1).filter((text) => !fits(text)), wrong.filter(fits)], [[], []])
    assert.equal(fits('build = "version=1.4.0"'), true)
    assert.deepEqual(chosen('http.requests >= 7'), [['http.requests', 'value', 90, 7]])
  })
})

test('A filter for people also finds parts of names, whatever their case, and keeps series that one of several chooses.', () => {
  const kept = (text: string): unknown[] =>
    filterSnapshot(snapshot, parseSelectors(text)).families.map(({ name, series }) => [name, series.length])
  assert.deepEqual(kept('LATENCY'), [
    ['http.latency', 2],
    ['http.latency.max', 1],
  ])
  assert.deepEqual(kept('requests{status=503} requests{route=/}'), [['http.requests', 2]])
  assert.deepEqual(kept('latency.p99 > 500ms, *.used'), [
    ['http.latency', 1],
    ['memory.used', 1],
  ])
  assert.deepEqual(kept('nothing'), [])
})

describe('The parser', () => {
  test('takes several selectors, apart by spaces and commas.', () => {
    const texts = parseSelectors(' a.b{c="d e,f"}.p99 > 5ms, x,y.* \n {z=1}').map(formatSelector)
    assert.deepEqual(texts, ['a.b{c="d e,f"}.p99 > 5ms', 'x', 'y.*', '*{z=1}'])
  })

  test('refuses an invalid selector with a message about what is missing.', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['a{b', /label=value/],
      ['a{b=1', /a \} after the labels/],
      ['a{b=~"("}', /a regular expression in place of "\("/],
      ['a >', /a value after ">"/],
      ['a"b"', /a space between selectors, before "\\?"b/],
      ['a{}.p999', /such as p99 in place of "p999"/],
      ['a{}.couns', /such as count/],
      ['=', /a name at "="/],
    ]
    for (const [text, message] of cases) {
      assert.throws(() => parseSelectors(text), { code: 'PLIMSOLL_OPTION_INVALID', message })
    }
  })

  test('reads what the formatter writes as the same selector, whatever names and values are.', () => {
    const nasty = fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^[a*?\\", {}=~!<>.\n\u2028[\]-]+$/))
    const plain = (operators: readonly string[]) => ({ operator: fc.constantFrom(...operators), value: nasty })
    const label = fc.record(
      { name: fc.stringMatching(/^[a-z_]\w*$/), ...plain(['=', '!=']) },
      { noNullPrototype: true },
    )
    const pattern = label.map((one) => ({ ...one, value: `${one.value.replaceAll('\\', '')}*`, isGlob: true }))
    const statistic = fc.constantFrom('', 'p99.9', '1m.rate', 'seconds.a b*', 'seconds."x\\')
    const selectors = fc.record(
      {
        family: nasty,
        labels: fc.array(fc.oneof(label, pattern)),
        statistic,
        comparison: fc.record(plain(['=', '!=', '<', '<=', '>', '>=']), { noNullPrototype: true }),
      },
      { requiredKeys: ['family', 'labels'], noNullPrototype: true },
    )
    const names = fc.oneof(nasty, fc.stringMatching(/^(\[!?[a=! \\]]\]?|[a*\]!.])+$/))
    const glob = names.map((name) => ({ family: `${name.replaceAll('\\', '')}*`, isGlob: true, labels: [] }) as const)
    fc.assert(
      fc.property(glob, (one) => {
        const [again] = parseSelectors(formatSelector(one))
        const fits = (selector: Selector | undefined): string[] => {
          return ['a', 'ab', '[a]', '!', ' ', '=', '[!', '[!a]', ']', 'b]', '\\'].filter(
            globTest(selector?.family ?? ''),
          )
        }
        assert.deepEqual([again?.isGlob, fits(again)], [true, fits(one)])
      }),
    )
    fc.assert(
      fc.property(fc.array(selectors, { minLength: 1, maxLength: 3 }), (given) => {
        // Labels are between braces, behind which a statistic is never part of the name.
        const whole = given.map((one) => (one.labels.length > 0 ? { ...one, statistic: one.statistic ?? '' } : one))
        const text = whole.map((one) => formatSelector(one as Selector)).join(' , ')
        const again = parseSelectors(text)
        assert.deepEqual(
          again.map(formatSelector),
          whole.map((one) => formatSelector(one as Selector)),
        )
        for (const [i, one] of whole.entries()) {
          if (one.labels.every((each) => !('isGlob' in each))) assert.deepEqual(again[i], one)
        }
      }),
    )
  })

  test('takes no longer than its text for patterns of many stars.', () => {
    const name = `${'a'.repeat(200)}b`
    const family = {
      name,
      kind: 'counter',
      unit: '',
      help: '',
      labelNames: [],
      series: [{ labels: {}, value: 1 }],
    } as const
    const one = { ...snapshot, families: [family] }
    assert.deepEqual(matchSelector(`${'*a'.repeat(100)}c`, one), [])
    assert.equal(matchSelector(`${'*a'.repeat(100)}b`, one).length, 1)
  })
})
