import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Player } from '#src/dashboard/player.ts'

const from = 1_790_000_000

/** A recording of two hours, and what a player did with it. */
function played(): {
  readonly player: Player
  readonly done: string[]
  readonly ticks: number[]
  readonly stands: number[]
} {
  const done: string[] = []
  const ticks: number[] = []
  const stands: number[] = []
  const player = new Player(
    { file: 'x', from: from + 0.5, to: from + 7200.5, time: from, at: (time: number) => stands.push(time) },
    {
      forget: () => done.push('forget'),
      sample: (tick) => ticks.push(tick),
      show: (tick) => done.push(`show ${tick - from}`),
    },
  )
  return { player, done, ticks, stands }
}

test('a moment of a recording has five minutes by the second before it, and an hour by ten seconds', async () => {
  const { player, done, ticks, stands } = played()
  await player.seek(from + 5000)
  assert.deepEqual(done, ['forget', 'show 5000'])
  assert.equal(ticks.at(-1), from + 5000)
  assert.equal(ticks[0], from + 1400)
  assert.equal(ticks.filter((tick) => tick > from + 4700).length, 300)
  assert.ok(ticks.length < 640)
  assert.deepEqual(
    stands,
    ticks.map((tick) => tick + 1),
  )
})

test('a player goes on without forgetting, and back by beginning anew, within the recording', async () => {
  const { player, done, ticks } = played()
  await player.seek(from - 100)
  await player.seek(from + 20)
  assert.deepEqual(done, ['forget', 'show 0', 'show 20'])
  assert.equal(ticks.length, 21)
  await player.seek(from + 10)
  await player.seek(from + 1e6)
  assert.deepEqual(done.slice(3), ['forget', 'show 10', 'forget', 'show 7200'])
})

test('of two moments that are asked for at once, the last one counts', async () => {
  const { player, done, ticks } = played()
  await Promise.all([player.seek(from + 4000), player.seek(from + 100)])
  assert.equal(done.at(-1), 'show 100')
  assert.ok(!done.includes('show 4000'))
  assert.equal(ticks.at(-1), from + 100)
})

test('a player that stands at the end goes on from the beginning', async () => {
  const { player, done } = played()
  await player.seek(from + 1e6)
  done.length = 0
  player.play(true)
  assert.deepEqual(done, ['forget', 'show 0'])
  assert.ok(player.isPlaying)
  player.play(false)
  assert.deepEqual(done.at(-1), 'show 0')
})
