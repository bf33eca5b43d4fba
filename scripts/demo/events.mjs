/** What happens to the service of the demo, so that there is something to see. */

/** Seconds after the start, and then again after so many. */
const schedule = [
  { at: 8, every: 45, kind: 'kill' },
  { at: 16, every: 45, kind: 'block' },
]

/** An event this close to the end of the demo is left out. */
const secondsToSeeIt = 3

/** Runs what is due. `seconds` is the length of the demo: what could not be seen any more is left out. */
export function startEvents(load, killed, seconds = Infinity) {
  const next = new Map(schedule.map(({ kind, at }) => [kind, at]))
  let last = -1
  return {
    tick(elapsed, look) {
      // A little memory that is never given back, each second.
      if (elapsed > last) load.ask('/cart')
      last = elapsed
      for (const { kind, every } of schedule) {
        const at = next.get(kind)
        if (elapsed < at || at + secondsToSeeIt > seconds) continue
        next.set(kind, at + every)
        if (kind === 'kill') killed.kill(look)
        else load.ask('/report')
      }
    },
    /** What comes next, for people who watch. */
    upcoming(elapsed) {
      const [kind, at] = [...next].sort((a, b) => a[1] - b[1])[0]
      const text = kind === 'kill' ? 'a worker is killed' : 'a request blocks a worker'
      return `in ${Math.max(0, at - elapsed)} s ${text}`
    },
  }
}
