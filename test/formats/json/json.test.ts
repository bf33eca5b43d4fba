import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatJson, parseJson } from 'plimsoll/formats'
import type { FamilySnapshot } from 'plimsoll/snapshot'
import { everyKind } from '../../support/snapshots.ts'

const [text, gauge, , timer] = everyKind.families as [FamilySnapshot, FamilySnapshot, ...FamilySnapshot[]]

test('The JSON of a snapshot has these fields in this order', () => {
  const small = { ...everyKind, pages: everyKind.pages.slice(0, 1), families: [gauge] }
  assert.equal(
    formatJson(small),
    '{"version":1,"takenAt":1790000000.5,"pages":[{"file":null,"pid":7,"tid":0,"app":"shop","host":"a",' +
      '"startedAt":1789999000.25,"state":"live","heartbeatAge":0.5}],"families":[{"name":"heap.used","kind":"gauge",' +
      '"unit":"By","help":"Heap in use","labelNames":[],"aggregation":"sum","series":[{"labels":{},"value":1536,"processes":1}]}]}',
  )
})

test('A text is its value, and several processes may have different ones under the same labels', () => {
  const json = formatJson({ ...everyKind, families: [text] })
  assert.deepEqual(JSON.parse(json).families[0].series, text.series)
  assert.deepEqual(parseJson(json).families, [text])
})

test('A distribution carries its mean, standard deviation and quantiles, which are null while it is empty', () => {
  const json = formatJson({ ...everyKind, pages: [], families: timer === undefined ? [] : [timer] }, { indent: 1 })
  const [full, empty] = (JSON.parse(json) as { families: [{ series: unknown[] }] }).families[0].series
  assert.equal(
    JSON.stringify(full),
    '{"labels":{"route":"/"},"count":4,"sum":4.5,"min":0,"max":2,"mean":1.125,"standardDeviation":0.7011377109874064,"quantiles":{"0.5":0.8408964152537146,' +
      '"0.75":1.6817928305074292,"0.9":1.6817928305074292,"0.95":1.6817928305074292,"0.99":1.6817928305074292,' +
      '"0.999":1.6817928305074292},"buckets":{"scale":1,"zero":1,"offset":-1,"counts":[1,0,2]}}',
  )
  assert.equal(
    JSON.stringify(empty),
    '{"labels":{"overflow":"true"},"count":0,"sum":0,"mean":null,"standardDeviation":null,"quantiles":{"0.5":null,"0.75":null,"0.9":null,' +
      '"0.95":null,"0.99":null,"0.999":null},"buckets":{"scale":5,"zero":0,"offset":0,"counts":[]}}',
  )
})

test('A gauge that is NaN is null and comes back as NaN, and an infinite one as the largest number', () => {
  const series = [Number.NaN, Infinity, -Infinity].map((value, i) => ({ labels: { i: String(i) }, value }))
  const family = {
    name: 'g',
    kind: 'gauge',
    unit: '',
    help: '',
    labelNames: ['i'],
    aggregation: 'sum',
    series,
  } as const
  const text = formatJson({ version: 1, takenAt: 1, pages: [], families: [family] })
  const values = [Number.NaN, Number.MAX_VALUE, -Number.MAX_VALUE]
  const back = series.map(({ labels }, i) => ({ labels, value: values[i] }))
  assert.deepEqual(parseJson(text).families, [{ ...family, series: back }])
})

test('A sum that is beyond all numbers or NaN is written as a number that can be read back', () => {
  const head = { unit: '', help: '', labelNames: [] }
  const families: FamilySnapshot[] = [
    { ...head, name: 'a', kind: 'counter', series: [{ labels: {}, value: Infinity }] },
    { ...head, name: 'b', kind: 'counter', series: [{ labels: {}, value: Number.NaN }] },
    { ...head, name: 'c', kind: 'average', series: [{ labels: {}, count: 2, sum: -Infinity }] },
    {
      ...head,
      name: 'd',
      kind: 'state',
      states: ['on'],
      series: [{ labels: {}, value: null, seconds: { on: Infinity }, processes: {}, users: 0 }],
    },
  ]
  const back = parseJson(formatJson({ version: 1, takenAt: 1, pages: [], families }))
  const [a, b, c, d] = back.families.map(({ series }) => series[0] as unknown as Record<string, unknown>)
  assert.deepEqual([a?.value, b?.value, c?.sum], [Number.MAX_VALUE, 0, -Number.MAX_VALUE])
  assert.deepEqual(d?.seconds, { on: Number.MAX_VALUE })
})

const whole = JSON.parse(formatJson(everyKind)) as object
const refused: readonly (readonly [what: string, text: string, told: RegExp])[] = [
  ['text that is no JSON', '{"version":1', /the text is \{"version":1\./],
  ['JSON that is no object', '[]', /the text is \[\]/],
  ['another version', JSON.stringify({ ...whole, version: 2 }), /version is 2/],
  ['a missing field', JSON.stringify({ ...whole, pages: undefined }), /pages is missing/],
  [
    'a kind that is none',
    '{"version":1,"takenAt":1,"pages":[],"families":[{"kind":"x"}]}',
    /families\[0\]\.kind is "x"/,
  ],
  [
    'a count that is not the sum of its buckets',
    JSON.stringify(whole).replace('"count":4', '"count":5'),
    /families\[3\]\.series\[0\]\.count/,
  ],
  [
    'the same labels twice',
    JSON.stringify(whole).replace('/x', '/').replace('"500"', '"200"'),
    /families\[4\]\.series\[1\]\.labels/,
  ],
  [
    'a scale that would ask for gigabytes',
    JSON.stringify(whole).replace('"scale":1', '"scale":20'),
    /buckets\.scale is 20/,
  ],
  [
    'an offset far outside of all numbers',
    JSON.stringify(whole).replace('"offset":-1', '"offset":-1e9'),
    /buckets\.offset/,
  ],
  ['bounds that do not ascend', JSON.stringify(whole).replace('[1000,2000]', '[2000,1000]'), /bounds is \[2000,1000\]/],
  ['a label that is no text', JSON.stringify(whole).replace('"pool":"db"', '"pool":1'), /labels\.pool is 1/],
]

for (const [what, text, told] of refused) {
  test(`Reading refuses ${what}, and says where it stands`, () => {
    assert.throws(() => parseJson(text), { code: 'PLIMSOLL_SNAPSHOT_INVALID', message: told })
  })
}

test('what is more than a text can hold is an error with a remedy', () => {
  // Six characters each in JSON, so that no more than this needs memory.
  const help = '\u0001'.repeat(90_000_000)
  const family = {
    name: 'a',
    kind: 'counter',
    unit: '',
    help,
    labelNames: [],
    series: [{ labels: {}, value: 1 }],
  } as const
  const snapshot = { version: 1, takenAt: 0, pages: [], families: [family] } as const
  assert.throws(() => formatJson(snapshot), {
    code: 'PLIMSOLL_TEXT_TOO_LONG',
    message: /^The text of \d+ series would exceed 512 MB/,
  })
})
