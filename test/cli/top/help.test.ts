import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive } from './drive.ts'
import { begin, observed, page } from './fake-pages.ts'

test('the help fits a terminal of 80x24, of a recording too, and scrolls on a smaller one', () => {
  for (const isRecording of [false, true]) {
    const top = drive((seconds) => [page(8217, {}, observed(seconds, seconds))])
    if (isRecording) Object.assign(top.source, { range: { from: begin, to: begin + 60 } })
    top.pass(2)
    top.type('?')
    const whole = top.lines(80, 24)
    assert.match(whole[1] ?? '', /^ KEYS/)
    assert.match(whole.join('\n'), /\n ERR\/S +HTTP responses 5xx and uncaught exceptions, over 10 s/)
    assert.doesNotMatch(whole.join('\n'), /more/)
    const small = () => top.lines(80, 12)
    assert.match(small().at(-1) ?? '', /↑ ↓ more {2}\? or esc back/)
    assert.doesNotMatch(small().join('\n'), /ERR\/S/)
    for (let i = 0; i < 3; i++) top.app.input({ key: 'pagedown' })
    assert.match(small()[isRecording ? 9 : 10] ?? '', /^ ERR\/S /)
    top.app.input({ mouse: 'wheelUp', x: 1, y: 1 })
    assert.doesNotMatch(small().join('\n'), /ERR\/S/)
    top.app.input({ key: 'x' })
    assert.match(small().join('\n'), /APP +PROCESS/)
    top.app.input({ key: '?' })
    assert.match(small()[1] ?? '', /^ KEYS/)
  }
})
