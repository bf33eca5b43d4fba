/** The workers that the demo kills, and what is seen of them afterwards. */
import { whole } from './view.mjs'

export function casualties() {
  const victims = []
  const notes = []
  const tell = (note) => {
    notes.push(note)
    return note
  }
  return {
    notes,
    get count() {
      return victims.length
    },
    /** Kills the oldest worker, unless it is the last one. */
    kill({ live, total }) {
      const [victim] = live
      if (live.length < 2 || victims.some(({ pid }) => pid === victim.pid)) return
      try {
        process.kill(victim.pid, 'SIGKILL')
      } catch {
        // It died by itself since the last look, which the next one tells.
        return
      }
      victims.push({ pid: victim.pid, total, killedAt: Date.now() / 1000 })
    },
    /** What became of them since the last look, as lines to show. */
    follow({ live, gone, total }) {
      const news = []
      for (const victim of victims) {
        const page = gone.find(({ pid }) => pid === victim.pid)
        if (page !== undefined && !victim.seen) {
          victim.seen = true
          const work = `${whole(page.total)} answers, ${page.inFlight} under way`
          news.push(tell(`SIGKILL to worker ${victim.pid}. Its page stays readable: ${work}.`))
        }
        const heir = live.find(({ startedAt }) => startedAt > victim.killedAt)
        if (victim.seen && heir !== undefined && !victim.replaced) {
          victim.replaced = true
          const growth = `from ${whole(victim.total)} to ${whole(total)}`
          news.push(tell(`Worker ${heir.pid} replaced it. The total never fell: ${growth}.`))
        }
      }
      return news
    },
  }
}
