import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'

test('A text is empty, then what was set last', () => {
  const text = new Registry().text('last.error')
  assert.equal(text.value, '')
  text.set('ECONNRESET')
  assert.equal(text.value, 'ECONNRESET')
  text.set('größer ⚓ \u{1f6a2}')
  assert.equal(text.value, 'größer ⚓ \u{1f6a2}')
  text.set('')
  assert.equal(text.value, '')
})

test('A text is cut at a code point where it is longer than its room', () => {
  const text = new Registry().text('job', { capacity: 10 })
  text.set('12345678\u{1f6a2}')
  assert.equal(text.value, '12345678')
  text.set('123456\u{1f6a2}89')
  assert.equal(text.value, '123456\u{1f6a2}')
})

test('Whatever is set comes back as its longest beginning of whole code points that fits', () => {
  const registry = new Registry()
  const family = registry.text('t', { labels: ['n'], capacity: 16, maxSeries: Number.POSITIVE_INFINITY })
  const units = fc.oneof(fc.string({ unit: 'binary', maxLength: 24 }), fc.string({ unit: 'grapheme', maxLength: 24 }))
  fc.assert(
    fc.property(fc.nat(3), fc.array(units, { minLength: 1, maxLength: 4 }), (n, texts) => {
      const text = family.labels({ n })
      for (const given of texts) {
        text.set(given)
        let longest = ''
        for (const point of Buffer.from(given).toString()) {
          if (Buffer.byteLength(longest + point) > 16) break
          longest += point
        }
        assert.equal(text.value, longest)
      }
    }),
  )
})

test('What is no text changes nothing and is counted', () => {
  const registry = new Registry()
  const text = registry.text('job')
  text.set('one')
  for (const wrong of [1, null, undefined, {}, ['x']]) text.set(wrong as never)
  assert.equal(text.value, 'one')
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(rejected?.series, [{ labels: { family: 'job', reason: 'value' }, value: 5 }])
})

test('Infos are constants as labels; the same ones again are the same series', () => {
  const registry = new Registry()
  registry.info('build', { version: '1.2.0', revision: 'f3a9c01', patched: true }, { help: 'What runs here' })
  registry.info('build', { version: '1.2.0', revision: 'f3a9c01', patched: 'true' })
  const [family] = registry.read().families
  assert.deepEqual(family, {
    name: 'build',
    kind: 'info',
    unit: '',
    help: 'What runs here',
    labelNames: ['version', 'revision', 'patched'],
    series: [{ labels: { version: '1.2.0', revision: 'f3a9c01', patched: 'true' } }],
  })
  const again = registry.info('build', { version: '1.2.0', revision: 'f3a9c01', patched: true })
  assert.deepEqual(again.value, { version: '1.2.0', revision: 'f3a9c01', patched: 'true' })
  assert.deepEqual(again.snapshot(), { labels: again.value })
  assert.throws(() => registry.info('build', { version: '1.2.0' }), { code: 'PLIMSOLL_FAMILY_CONFLICT' })
  assert.throws(() => registry.info('plimsoll.build', {}), { code: 'PLIMSOLL_NAME_RESERVED' })
})
