import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asciiGlyphs, sparkline } from '#src/cli/screen/glyphs.ts'
import { paint } from '#src/cli/screen/paint.ts'
import { Screen } from '#src/cli/screen/screen.ts'
import type { ColorDepth, Style } from '#src/cli/screen/styles.ts'
import { Emulator, withoutSequences } from './emulator.ts'

/** Those whose width terminals agree on, and some that act on a terminal. */
const characters = [...'ab 1%▁█⣿─日本한あ中é…', 'e\u0301', '\u001b[2J', '\n', '\u202e']
const styles: readonly Style[] = ['plain', 'bold', 'alarm', 'selected', 'series3']
const puts = fc.array(
  fc.record({
    x: fc.integer({ min: -2, max: 22 }),
    y: fc.integer({ min: -1, max: 6 }),
    text: fc.string({ unit: fc.constantFrom(...characters), maxLength: 25 }),
    style: fc.constantFrom(...styles),
  }),
  { maxLength: 12 },
)

test('whatever was shown before, a terminal shows the screen after its difference is painted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(puts, { minLength: 1, maxLength: 4 }), async (frames) => {
      const emulator = new Emulator(20, 5)
      for (const frame of frames) {
        const screen = new Screen(20, 5)
        for (const { x, y, text, style } of frame) screen.put(x, y, text, style)
        await emulator.show(screen)
        // Terminals do not agree on the width of all characters; those that they do agree on are where they belong.
        for (const [i, text] of screen.texts.entries()) {
          const [x, y] = [i % 20, Math.floor(i / 20)]
          if (/^[ -~\u2500-\u28ff]$/.test(text))
            assert.equal(emulator.at(x, y), text, `${x}, ${y} of ${screen.lines()}`)
        }
      }
    }),
    { numRuns: 150 },
  )
})

test('nothing is written where nothing differs, and little where little does', () => {
  const screen = (text: string): Screen => {
    const made = new Screen(80, 24)
    for (let y = 0; y < 24; y++) made.put(0, y, 'The same in each frame '.repeat(3))
    made.put(0, 5, text)
    return made
  }
  assert.equal(paint(screen('31 %'), screen('31 %'), { depth: 24 }), '')
  const text = paint(screen('31 %'), screen('37 %'), { depth: 24 })
  assert.ok(text.length < 50, JSON.stringify(text))
  assert.ok(text.startsWith('\u001b[?2026h') && text.endsWith('\u001b[?2026l'))
})

test('a hostile text does nothing to a terminal: no escape, no direction, no 10 kB, no tower of marks', async () => {
  const hostile = [
    '\u001b[2J\u001b[31mred\u001b]0;title\u0007',
    '\u009b2J\u0085\r\n\ttext',
    'safe\u202eevil\u202c\u2066\u200b\ufeff',
    `a${'\u0301'.repeat(10_000)}b`,
    'x'.repeat(10_000),
    '\ud800 half',
    'key\u{e0041}cap',
  ]
  for (const text of hostile) {
    const screen = new Screen(30, 3)
    screen.put(0, 1, text)
    screen.put(0, 2, 'last line')
    const emulator = new Emulator(30, 3)
    const painted = await emulator.show(screen)
    // Only sequences of the painter's own.
    assert.ok(!/[\p{Cc}\p{Cf}\p{Cs}]/u.test(withoutSequences(painted)), JSON.stringify(painted))
    assert.ok(painted.length < 300, `${painted.length} characters`)
    assert.equal(emulator.lines()[2], 'last line')
    assert.equal(emulator.lines()[0], '')
  }
})

test('colours are those that the terminal has', () => {
  const screen = new Screen(10, 1)
  screen.put(0, 0, 'alarm', 'alarm')
  const codes = (depth: ColorDepth): string => paint(undefined, screen, { depth }).replaceAll('\u001b', '')
  assert.match(codes(24), /\[0;1;38;5;203malarm/)
  assert.match(codes(4), /\[0;1;31malarm/)
  assert.match(codes(1), /\[0;1malarm/)
  assert.doesNotMatch(codes(1), /3[0-9]m|38;/)
})

test('a terminal without UTF-8 gets ASCII only', () => {
  const screen = new Screen(40, 1)
  screen.put(0, 0, `▲ blocked ✖ ${sparkline([0, 1, 2, 4], 4)} … ⣿ µs 日`)
  const ascii = asciiGlyphs({ LANG: 'C' })
  const painted = paint(undefined, screen, { depth: 1, ascii })
  assert.ok(/^\p{ASCII}*$/u.test(painted), JSON.stringify(painted))
  assert.match(painted, /! blocked x/)
  assert.equal(asciiGlyphs({ LANG: 'en_US.UTF-8' }), undefined)
  assert.equal(asciiGlyphs({}), undefined)
  assert.notEqual(asciiGlyphs({ LC_ALL: 'POSIX', LANG: 'en_US.UTF-8' }), undefined)
})

test('a line of blocks goes from 0 to the largest value, with gaps for what is missing', () => {
  assert.equal(sparkline([0, 4, 8], 3), '▁▅█')
  assert.equal(sparkline([1, undefined, Number.NaN, 1], 6), '  █  █')
  assert.equal(sparkline([0, 0], 2), '▁▁')
  assert.equal(sparkline([-4, 4], 2), '▁█')
  assert.equal(sparkline([], 2), '  ')
})
