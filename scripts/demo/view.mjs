/** The demo's text: pure functions from what was seen to lines. */
import { humanNumber } from '#src/formats/table/human-number.ts'
import { everyRoute } from './watch.mjs'

const routeColumns = [-12, 8, 9, 9, 9, 10, 8, 7, 6]

/** Bold and dim where the terminal has them. */
export function styles(color) {
  const style = (on) => (text) => (color ? `\u001b[${on}m${text}\u001b[22m` : text)
  return { bold: style(1), dim: style(2) }
}

/** What the demo is, and what to type elsewhere. */
export function introduction({ bold, dim }) {
  return `${bold('plimsoll demo')}  ${dim('Two workers under load. All numbers are read from outside.')}`
}

export function commands(directory, { dashboard, metrics }, { dim }) {
  return [
    dim('In a browser:'),
    `  ${dashboard}`,
    dim('In another terminal:'),
    `  npx plimsoll top --dir ${directory}`,
    `  npx plimsoll show --dir ${directory}`,
    `  curl -s ${metrics}`,
  ]
}

/** The routes, a line each, then all of them. */
export function routeTable({ rows }, period, { bold, dim }) {
  const heads = ['route', 'req/s', 'p50', 'p99', 'max', 'total', '2xx', '4xx', '5xx']
  const title = line(['', centred(period, 35), centred('since the start', 31)], [-12, -35, -31])
  return [
    dim(title.trimEnd()),
    dim(line(heads, routeColumns)),
    ...rows.map((row) => {
      const times = [row.p50, row.p99, row.most].map((value) => (value === undefined ? '-' : humanNumber(value, 's')))
      const classes = ['2', '4', '5'].map((first) => whole(ofClass(row.statuses, first)))
      const text = line([row.route, whole(row.rate), ...times, whole(row.total), ...classes], routeColumns)
      return row.route === everyRoute ? bold(text) : text
    }),
  ]
}

/** One look as one line, for a pipe. */
export function plainLine(seconds, { rows, total, live }) {
  const all = rows.find(({ route }) => route === everyRoute)
  if (all === undefined) return `${String(seconds).padStart(4)} s  no requests yet`
  const [p50, p99] = [all.p50, all.p99].map((value) => (value === undefined ? '-' : humanNumber(value, 's')))
  const classes = ['2', '4', '5'].map((first) => `${first}xx ${whole(ofClass(all.statuses, first))}`).join(', ')
  const workers = live.map(({ pid }) => pid).join(' ')
  return [
    `${String(seconds).padStart(4)} s`,
    `${whole(all.rate)} req/s`.padStart(9),
    `p50 ${p50}`.padEnd(11),
    `p99 ${p99}`.padEnd(11),
    `workers ${workers}`,
    `total ${whole(total)} (${classes})`,
  ].join('  ')
}

function ofClass(statuses, first) {
  let sum = 0
  for (const [status, count] of statuses) if (status.startsWith(first)) sum += count
  return sum
}

function line(cells, columns) {
  const aligned = cells.map((cell, i) => {
    const width = columns[i]
    return width < 0 ? String(cell).padEnd(-width) : String(cell).padStart(width)
  })
  return aligned.join('')
}

function centred(text, width) {
  const room = Math.max(0, width - text.length - 4)
  const left = '─'.repeat(Math.floor(room / 2))
  return `  ${left} ${text} ${'─'.repeat(Math.ceil(room / 2))}`
}

export function whole(value) {
  return humanNumber(Math.round(value), '')
}
