/** The end of the demo: what was sent, what was counted, and whether they agree. */
import { busyAtOnce } from './load.mjs'
import { routeTable, whole } from './view.mjs'

/**
 * Holds the clients' count against the pages'. They must be the same, by status too. A worker that is killed takes
 * requests with it that had no answer yet, at most one a connection; each of those may be counted or not.
 */
export function agreement({ sent, answered, byStatus }, { total, rows }, kills) {
  const problems = []
  const lost = sent - answered
  const counted = rows.at(-1)?.statuses ?? new Map()
  if (sent === 0) problems.push('No request was sent.')
  if (lost > kills * busyAtOnce) problems.push(`${lost} of ${sent} requests had no answer.`)
  if (total < answered || total > answered + lost) problems.push(`${answered} answers came, ${total} were counted.`)
  if (problems.length > 0) return { problems, lost }
  for (const status of new Set([...byStatus.keys()].map(String).concat(...counted.keys()))) {
    const came = byStatus.get(Number(status)) ?? 0
    const there = counted.get(status) ?? 0
    if (there < came || there > came + lost)
      problems.push(`${came} answers with ${status} came, ${there} were counted.`)
  }
  return { problems, lost }
}

/** The whole run as text. */
export function summary(all, { sent, answered }, { problems, lost }, seconds, kills, style) {
  const died = lost === 0 || problems.length > 0 ? '' : `; ${whole(lost)} were lost with a killed worker`
  const killed = kills === 0 ? '' : `, though ${kills === 1 ? 'a worker was' : `${kills} workers were`} killed`
  const pages = all.live.length + all.gone.length
  return [
    ...routeTable(all, `${seconds} seconds`, style),
    '',
    `The clients sent ${whole(sent)} requests and got ${whole(answered)} answers${died}.`,
    `plimsoll counted ${whole(all.total)}, read from ${pages} pages after all workers had ended.`,
    ...(problems.length === 0 ? [style.bold(`They agree, in total and by status${killed}.`)] : []),
  ].join('\n')
}
