// Bundlers to CommonJS leave no URL; then nothing on the stack is known to be of this package.
const here = import.meta.url ? new URL('..', import.meta.url).href : undefined
const unknown = 'an unknown place'

/** Where the app called plimsoll, as `file:line:column`: the first place on the stack that is not in this package. */
export function callSite(): string {
  const lines = stackLines()
  const outside = lines.find((line) => here === undefined || !line.includes(here)) ?? lines.at(-1) ?? unknown
  return outside.trim().replace(/^at /, '')
}

/** An app may have set `Error.prepareStackTrace`: then a stack is whatever that gives, or throws. */
function stackLines(): string[] {
  try {
    const stack: unknown = new Error('call site').stack
    return typeof stack === 'string' ? stack.split('\n').slice(1) : []
  } catch {
    return []
  }
}
