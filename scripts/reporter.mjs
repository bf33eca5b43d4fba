/**
 * A reporter for node:test that shows failures in full, at once, and at the end Node's own closing lines (`# tests 12`)
 * and the files that took longest. Passed tests are only counted. What plimsoll warned of is shown of files that failed: tests of wrong
 * values make it warn of them.
 */
import { relative, resolve } from 'node:path'
import { inspect } from 'node:util'

const slowestShown = 10
/** A run of fewer files shows no such list. */
const fewFiles = 20

export default async function* report(events) {
  const files = []
  const warnings = new Map()
  const failed = new Set()
  for await (const { type, data } of events) {
    const file = resolve(data.file ?? data.name ?? '')
    if (type === 'test:fail' && !isOnlyAParent(data)) {
      yield failure(data) + (warnings.get(file) ?? '')
      warnings.delete(file)
      failed.add(file)
    } else if (type === 'test:stderr' && isOwnWarning(data.message) && !failed.has(file))
      warnings.set(file, (warnings.get(file) ?? '') + data.message)
    else if (type === 'test:stderr' || type === 'test:stdout') yield data.message
    else if (type === 'test:diagnostic' && data.nesting === 0) yield `# ${data.message}\n`
    else if (type === 'test:complete' && data.file !== undefined && resolve(data.name) === data.file) files.push(data)
  }
  if (files.length >= fewFiles) yield slowest(files)
}

/** The files that took longest, each from the start of its process to the end. */
function slowest(files) {
  const sorted = files.sort((a, b) => b.details.duration_ms - a.details.duration_ms).slice(0, slowestShown)
  const lines = sorted.map(({ file, details }) => {
    return `#   ${(details.duration_ms / 1000).toFixed(1).padStart(5)} s  ${relative('build', file)}\n`
  })
  return `# slowest files\n${lines.join('')}`
}

/** As Node prints it, with the advice that follows the first one of a process. */
function isOwnWarning(line) {
  return /^\(node:\d+\) \[PLIMSOLL_|^\(Use `node --trace-warnings /.test(line)
}

/** A suite fails because of a test inside it, which was shown already. */
function isOnlyAParent({ details }) {
  return details.error?.failureType === 'subtestsFailed'
}

function failure({ name, file, line, details }) {
  const place = file ? `${relative(process.cwd(), file)}${line ? `:${line}` : ''}` : ''
  const error = details.error?.cause ?? details.error
  return `\nFAILED ${name} (${place})\n${describe(error).replace(/^/gm, '  ')}\n\n`
}

/** The stack, which begins with the message; assert's message has the difference, so its two values need no repeating. */
function describe(error) {
  if (!(error instanceof Error) || error.stack === undefined) return inspect(error, { depth: 8 })
  return error.cause === undefined ? error.stack : `${error.stack}\ncaused by: ${describe(error.cause)}`
}
