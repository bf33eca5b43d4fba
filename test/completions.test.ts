import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offered } from './support/completions.ts'

test('An editor offers labels among the options of a metric that has none yet.', () => {
  assert.deepEqual(offered("counter('sent', { | })"), [
    'exemplars',
    'expireAfterSeconds',
    'help',
    'labels',
    'maxSeries',
    'unit',
  ])
  assert.deepEqual(offered('template.counter({ | })'), [
    'exemplars',
    'expireAfterSeconds',
    'help',
    'labels',
    'maxSeries',
    'unit',
  ])
  assert(offered("state('mode', { states: ['up', 'down'], | })").includes('labels'))
  assert(offered("gauge('users', { | })").includes('removeAtZero'))
})

test('It offers the labels of a family, and the states there are.', () => {
  assert.deepEqual(offered("counter('sent', { labels: ['method', 'route'] }).labels({ method: 'GET', | })"), ['route'])
  assert.deepEqual(offered("state('mode', { states: ['up', 'down'] }).set('|')"), ['up', 'down'])
})
