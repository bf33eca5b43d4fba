import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import {
  currentRecord,
  enteredAtCell,
  enteredStateCell,
  isRecordConsistent,
  readState,
  spentBeforeCell,
} from '#src/snapshot/kinds/state.ts'
import { bufferCells, buffersCell, bytesCell, setsCell, textAt } from '#src/snapshot/kinds/text.ts'

const capacity = 64

/** A copy of the cells of a text that was set to these, one after the other. */
function cellsAfter(...texts: readonly string[]): Float64Array {
  const text = new Registry().text('t', { capacity })
  for (const each of texts) text.set(each)
  const { cells, index } = text.slot
  return cells.slice(index, index + buffersCell + 2 * bufferCells(capacity))
}

const second = buffersCell + bufferCells(capacity)

test('Of a text whose present buffer is half of a later one, the other buffer is read', () => {
  const before = cellsAfter('one', 'two')
  const after = cellsAfter('one', 'two', 'three', 'four')
  // The count and the first buffer of before, the second buffer of after: as a copy has it that was overtaken.
  const torn = Float64Array.from([...before.subarray(0, second), ...after.subarray(second)])
  assert.equal(textAt({ cells: torn, index: 0 }, capacity), 'two')
  const half = before.slice()
  half[buffersCell + bytesCell] = after[buffersCell + bytesCell] as number
  assert.equal(textAt({ cells: half, index: 0 }, capacity), 'one')
})

test('A text of which no buffer is whole is to be copied again', () => {
  const cells = cellsAfter('one', 'two')
  cells[buffersCell + bytesCell] = 1
  cells[second + bytesCell] = 1
  assert.equal(textAt({ cells, index: 0 }, capacity), undefined)
  cells[second] = 1e300
  cells[buffersCell] = Number.NaN
  assert.equal(textAt({ cells, index: 0 }, capacity), undefined)
  assert.equal(textAt({ cells: cells.fill(0, setsCell, 1), index: 0 }, capacity), '')
})

test('Half of a change of state is told from a whole one', () => {
  const state = new Registry().state('s', { states: ['a', 'b'] })
  const { cells, index } = state.slot
  const before = cells.slice(index)
  assert.ok(isRecordConsistent({ cells: before, index: 0 }))
  state.set('b')
  const after = cells.slice(index)
  assert.ok(isRecordConsistent({ cells: after, index: 0 }))
  const record = currentRecord(after, 0)
  for (const cell of [enteredStateCell, enteredAtCell, spentBeforeCell]) {
    const torn = after.slice()
    torn[record + cell] = (torn[record + cell] as number) + 1
    assert.equal(isRecordConsistent({ cells: torn, index: 0 }), false)
  }
})

test('A state that a reader has met in half of a change at each look shows no present state', () => {
  const state = new Registry().state('s', { states: ['a', 'b'] })
  const { cells, index } = state.slot
  const torn = cells.slice(index)
  const at = currentRecord(torn, 0) + spentBeforeCell
  torn[at] = (torn[at] as number) + 1
  const { value, processes, seconds } = readState({}, { cells: torn, index: 0 }, ['a', 'b'], {
    now: 1e10,
    end: 1e10,
    offset: 0,
  })
  assert.deepEqual({ value, processes, seconds }, { value: null, processes: {}, seconds: { a: 0, b: 0 } })
})
