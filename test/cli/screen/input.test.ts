import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Input, InputParser } from '#src/cli/screen/input.ts'

const typed = 'q\u001b[A\u001bOB\u001b[5~\u001b[<0;12;3M\u001b[<0;12;3m\u001b[<64;1;1M\u001b[1;5Cü\r\u007f\u0003'
const expected: Input[] = [
  { key: 'q' },
  { key: 'up' },
  { key: 'down' },
  { key: 'pageup' },
  { mouse: 'left', x: 11, y: 2 },
  { mouse: 'wheelUp', x: 0, y: 0 },
  { key: 'right' },
  { key: 'ü' },
  { key: 'enter' },
  { key: 'backspace' },
  { key: 'ctrl-c' },
]

test('keys and the mouse are understood, wherever a sequence is cut in two', () => {
  assert.deepEqual(new InputParser().add(typed), expected)
  for (let cut = 0; cut <= typed.length; cut++) {
    const parser = new InputParser()
    assert.deepEqual([...parser.add(typed.slice(0, cut)), ...parser.add(typed.slice(cut))], expected, `cut at ${cut}`)
    assert.equal(parser.isPending, false)
  }
})

test('an Escape alone is that key once no more comes, and before another key', () => {
  const parser = new InputParser()
  assert.deepEqual(parser.add('\u001b'), [])
  assert.equal(parser.isPending, true)
  assert.deepEqual(parser.flush(), [{ key: 'escape' }])
  assert.deepEqual(parser.add('\u001bq'), [{ key: 'escape' }, { key: 'q' }])
})

test('a sequence that never ends is given up', () => {
  const parser = new InputParser()
  const inputs = [...parser.add(`\u001b[${'1;'.repeat(40)}`), ...parser.flush(), ...parser.add('q')]
  assert.deepEqual(inputs.at(-1), { key: 'q' })
  assert.equal(parser.isPending, false)
})
