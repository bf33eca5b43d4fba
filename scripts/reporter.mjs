/**
 * A reporter for node:test that shows failures in full, at once, and at the end Node's own closing lines (`# tests 12`).
 * Passed tests are only counted.
 */
import { relative } from 'node:path'
import { inspect } from 'node:util'

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type === 'test:fail' && !isOnlyAParent(data)) yield failure(data)
    else if (type === 'test:stderr' || type === 'test:stdout') yield data.message
    else if (type === 'test:diagnostic' && data.nesting === 0) yield `# ${data.message}\n`
  }
}

/** A suite fails because of a test inside it, which was shown already. */
function isOnlyAParent({ details }) {
  return details.error?.failureType === 'subtestsFailed'
}

function failure({ name, file, line, details }) {
  const place = file ? `${relative(process.cwd(), file)}${line ? `:${line}` : ''}` : ''
  const error = details.error?.cause ?? details.error
  return `\nFAILED ${name} (${place})\n${tell(error).replace(/^/gm, '  ')}\n\n`
}

/** The stack, which begins with the message; assert's message has the difference, so its two values need no repeating. */
function tell(error) {
  if (!(error instanceof Error) || error.stack === undefined) return inspect(error, { depth: 8 })
  return error.cause === undefined ? error.stack : `${error.stack}\ncaused by: ${tell(error.cause)}`
}
