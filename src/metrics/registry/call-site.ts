const unknown = 'an unknown place'
const maxFrames = 30

/** Where the app called plimsoll, as `file:line:column`: the first place on the stack that is not in this package. */
export function callSite(): string {
  const lines = stackLines()
  const outside = lines.find(isOfApp) ?? lines.at(-1) ?? unknown
  return outside.trim().replace(/^at /, '')
}

/** Where this package is, as stacks name it. */
let places: readonly string[] | undefined

function placesOfPackage(): readonly string[] {
  // Bundlers to CommonJS leave no URL; then nothing on the stack is known to belong to this package.
  const here = import.meta.url ? /^.*\/dist\//.exec(import.meta.url)?.[0] : undefined
  // Stacks name files of CommonJS by their path.
  return here === undefined ? [] : [here, decodeURI(here.replace('file://', ''))]
}

/** Methods of the language, such as `Array.map`, have no file; Node's own files are no more of the app than ours. */
function isOfApp(line: string): boolean {
  places ??= placesOfPackage()
  return !places.some((place) => line.includes(place)) && /:\d+:\d+\)?$/.test(line) && !/[( ]node:/.test(line)
}

/**
 * An app may have set `Error.prepareStackTrace`, which can return anything, or throw. Ten frames, the default of Node,
 * may all be of this package.
 */
function stackLines(): string[] {
  try {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = maxFrames
    try {
      const stack: unknown = new Error('call site').stack
      return typeof stack === 'string' ? stack.split('\n').slice(1) : []
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  } catch {
    return []
  }
}
