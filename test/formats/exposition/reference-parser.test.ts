import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatOpenMetrics } from 'plimsoll/formats'
import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { oddSnapshot } from '../../support/arbitraries.ts'
import { needsPythonModule } from '../../support/debian.ts'
import { everyMeasure } from '../../support/measures.ts'
import { everyKind } from '../../support/snapshots.ts'

const python = needsPythonModule('python3-prometheus-client', 'prometheus_client.openmetrics.parser')
const skip = 'missing' in python ? python.missing : false

/** For each text its samples, or the first thing in it that is not OpenMetrics. */
const program = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families

def parse(text):
    samples = []
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples.append([family.type, sample.name, sample.exemplar is not None])
    except ValueError as error:
        return str(error)
    return samples

print(json.dumps([parse(text) for text in json.load(sys.stdin)]))
`

type Sample = readonly [type: string, name: string, hasExemplar: boolean]

function parseAll(texts: readonly string[]): (readonly Sample[] | string)[] {
  const path = 'path' in python ? python.path : ''
  const input = JSON.stringify(texts)
  const { status, stdout, stderr } = spawnSync(path, ['-c', program], { input, encoding: 'utf8', maxBuffer: 2 ** 28 })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

/** Each with the number of lines that are samples, and of those that end with an exemplar, where it was understood. */
function compare(texts: readonly string[]): { text: string; said: unknown; expected: unknown }[] {
  return parseAll(texts).map((samples, i) => {
    const text = texts[i] as string
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    const expected = [lines.length, lines.filter((line) => / # \{.*\} \S+ \S+$/.test(line)).length]
    if (typeof samples === 'string') return { text, said: samples, expected }
    return { text, said: [samples.length, samples.filter(([, , hasExemplar]) => hasExemplar).length], expected }
  })
}

const byName = new Map([...everyKind.families, ...everyMeasure.families].map((family) => [family.name, family]))
const everything: Snapshot = { ...everyKind, families: [...byName.values()] }

/** The compiler names one that is missing. */
const kinds: Record<FamilySnapshot['kind'], true> = {
  average: true,
  counter: true,
  gauge: true,
  histogram: true,
  info: true,
  meter: true,
  state: true,
  text: true,
  timer: true,
}

test('The reference parser reads every line of every kind, with exemplars, and with creation times or without', {
  skip,
}, () => {
  assert.deepEqual([...new Set(everything.families.map(({ kind }) => kind))].sort(), Object.keys(kinds))
  for (const created of [false, true]) {
    const text = formatOpenMetrics(everything, { created })
    const [compared] = compare([text])
    assert.deepEqual(compared?.said, compared?.expected, text)
    const [samples] = parseAll([text])
    const all = samples as readonly Sample[]
    const types = new Set(all.map(([type]) => type))
    assert.deepEqual([...types].sort(), ['counter', 'gauge', 'histogram', 'info', 'stateset', 'summary'])
    assert.ok(all.some(([, , hasExemplar]) => hasExemplar))
    const timed = new Set(all.filter(([, name]) => name.endsWith('_created')).map(([type]) => type))
    assert.deepEqual([...timed].sort(), created ? ['counter', 'histogram', 'summary'] : [])
  }
})

test('The reference parser reads every line of any names, helps, units and label values', { skip }, () => {
  const snapshots = fc.sample(oddSnapshot, { numRuns: 400, seed: process.pid })
  const texts = snapshots
    .flatMap((one) => [formatOpenMetrics(one), formatOpenMetrics(one, { created: true })])
    // The parser takes the first brace as the end of the labels of an exemplar, also where it is part of a value.
    .filter((text) => !/ # \{[^\n]*\}[^\n]*\}/.test(text))
  assert.ok(texts.length > 600)
  for (const { text, said, expected } of compare(texts)) assert.deepEqual(said, expected, text)
})

test('The reference parser refuses creation times apart from their totals, a counter below 0 and a missing end', {
  skip,
}, () => {
  const counter = '# TYPE a counter\na_total{b="1"} 1\na_created{b="1"} 2\n'
  const other = 'a_total{b="2"} 1\n'
  const texts = [
    `${counter}${other}# EOF\n`,
    `${counter.replace('a_created', `${other}a_created`)}# EOF\n`,
    '# TYPE a counter\na_total -1\n# EOF\n',
    counter,
  ]
  const isRefused = parseAll(texts).map((samples) => typeof samples === 'string')
  assert.deepEqual(isRefused, [false, true, true, true])
})
