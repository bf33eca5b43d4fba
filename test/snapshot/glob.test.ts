import assert from 'node:assert/strict'
import { test } from 'node:test'
import { globTest } from '#src/snapshot/glob.ts'

const texts = [
  '',
  'a',
  'b',
  'c',
  'd',
  'e',
  '-',
  '!',
  ']',
  '[',
  '[]',
  '[!]',
  '[a',
  'a[',
  '[!a',
  'ax',
  'dx',
  'x',
  '*',
  '?',
  '?x',
  'a*b',
  'a?b',
  'axb',
  '5',
  'x5',
  'xd5',
  'xa5',
  'http/requests/503',
  'http/requests/200',
  'http/requests/4',
  '^',
  '0',
  '/',
  '.',
  '[]]',
]

/** Which of these texts Python's `fnmatch.fnmatchcase` takes, as Python 3.13 has computed it. */
const taken: readonly (readonly [string, readonly string[]])[] = [
  ['[abc]', ['a', 'b', 'c']],
  ['[!abc]', ['d', 'e', '-', '!', ']', '[', 'x', '*', '?', '5', '^', '0', '/', '.']],
  ['[a-c]x', ['ax']],
  ['[!a-c]x', ['dx', '?x']],
  ['*[0-9]', ['5', 'x5', 'xd5', 'xa5', 'http/requests/503', 'http/requests/200', 'http/requests/4', '0']],
  ['http/*/[45]??', ['http/requests/503']],
  ['[]]', [']']],
  ['[!]]', ['a', 'b', 'c', 'd', 'e', '-', '!', '[', 'x', '*', '?', '5', '^', '0', '/', '.']],
  ['[]a]', ['a', ']']],
  ['[]', ['[]']],
  ['[!]', ['[!]']],
  ['[', ['[']],
  ['[a', ['[a']],
  ['a[', ['a[']],
  ['[!a', ['[!a']],
  ['[a-]', ['a', '-']],
  ['[-a]', ['a', '-']],
  ['[a-c-e]', ['a', 'b', 'c', 'e', '-']],
  ['[--0]', ['-', '0', '/', '.']],
  ['[z-a]', []],
  ['[!z-a]', ['a', 'b', 'c', 'd', 'e', '-', '!', ']', '[', 'x', '*', '?', '5', '^', '0', '/', '.']],
  ['[*]', ['*']],
  ['[?]x', ['?x']],
  ['a[*?]b', ['a*b', 'a?b']],
  ['[[]', ['[']],
  ['[]-a]', ['a', ']', '^']],
  ['[a-c0-2!]', ['a', 'b', 'c', '!', '0']],
  ['[!!]', ['a', 'b', 'c', 'd', 'e', '-', ']', '[', 'x', '*', '?', '5', '^', '0', '/', '.']],
  ['x[!a-c]*[0-9]', ['xd5']],
]

test('A glob takes the texts that fnmatch takes', () => {
  for (const [glob, expected] of taken) assert.deepEqual(texts.filter(globTest(glob)), expected, glob)
})

test('A backslash makes the next character plain, also in a class', () => {
  const fits = (glob: string): string[] => ['*', '?', '[a]', 'a', ']', '-', '\\', 'b'].filter(globTest(glob))
  assert.deepEqual(fits(String.raw`\*`), ['*'])
  assert.deepEqual(fits(String.raw`\[a]`), ['[a]'])
  assert.deepEqual(fits(String.raw`[b\]]`), [']', 'b'])
  assert.deepEqual(fits(String.raw`[a\-b]`), ['a', '-', 'b'])
  assert.deepEqual(fits(String.raw`\\`), ['\\'])
})

test('No glob takes longer than its length times that of the text', () => {
  const begun = process.cpuUsage()
  assert.equal(globTest('*[!x]'.repeat(200))('a'.repeat(20_000) + 'x'.repeat(300)), false)
  assert.ok(process.cpuUsage(begun).user < 5_000_000)
})
