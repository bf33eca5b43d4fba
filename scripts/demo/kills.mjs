/** The workers that the demo kills, and what is seen of them afterwards. */
import { whole } from './view.mjs'

export function recordKills() {
  const killed = []
  const notes = []
  const note = (text) => {
    notes.push(text)
    return text
  }
  return {
    notes,
    get count() {
      return killed.length
    },
    /** Kills the oldest worker, unless it is the last one. */
    kill({ live, total }) {
      const [oldest] = live
      if (live.length < 2 || killed.some(({ pid }) => pid === oldest.pid)) return
      try {
        process.kill(oldest.pid, 'SIGKILL')
      } catch {
        // It ended by itself since the last look, which the next one shows.
        return
      }
      killed.push({ pid: oldest.pid, total, killedAt: Date.now() / 1000 })
    },
    /** What became of them since the last look, as lines to show. */
    follow({ live, gone, total }) {
      const news = []
      for (const worker of killed) {
        const page = gone.find(({ pid }) => pid === worker.pid)
        if (page !== undefined && !worker.seen) {
          worker.seen = true
          const content = `${whole(page.total)} answers, ${page.inFlight} in flight`
          news.push(note(`Killed worker ${worker.pid}. Its page can still be read: ${content}.`))
        }
        const replacement = live.find(({ startedAt }) => startedAt > worker.killedAt)
        if (worker.seen && replacement !== undefined && !worker.replaced) {
          worker.replaced = true
          const growth = `${whole(worker.total)} before, ${whole(total)} now`
          news.push(note(`Worker ${replacement.pid} replaced it. The total did not fall: ${growth}.`))
        }
      }
      return news
    },
  }
}
