/** A call in a stack. */
export interface StackFrame {
  /** Name of the function. */
  readonly name: string
  /** `/srv/app.js:12`; empty for what is in no file. */
  readonly place: string
}

/**
 * What an interrupted main thread evaluates to tell its stack. Unlike a profile, it has the functions that the compiler put
 * into others. All that it changes for that is as before when it returns, and nothing of the app runs in between.
 */
export const stackExpression: string = `(() => {
  const names = ['stackTraceLimit', 'prepareStackTrace']
  const before = names.map((name) => Object.getOwnPropertyDescriptor(Error, name))
  try {
    Error.stackTraceLimit = 100
    Error.prepareStackTrace = (_, sites) => sites.map((site) => ({
      name: site.getFunctionName() ?? '',
      url: site.getFileName() ?? '',
      line: site.getLineNumber() ?? 0,
    }))
    return JSON.stringify(new Error().stack)
  } finally {
    names.forEach((name, i) => (before[i] ? Object.defineProperty(Error, name, before[i]) : delete Error[name]))
  }
})()`

/** The expression itself and what surrounds it. */
const ownFrames = 2

/** The frames in what the expression returned. */
export function readStack(value: unknown): StackFrame[] {
  const stack: unknown = JSON.parse(String(value))
  // Where the app has frozen Error, the stack is text, below a line with the error.
  if (typeof stack === 'string') {
    const lines = stack.split('\n').slice(1 + ownFrames)
    return lines.map((line) => ({ name: line.trim().replace(/^at /, ''), place: '' }))
  }
  const sites = stack as readonly { readonly name: string; readonly url: string; readonly line: number }[]
  return sites.slice(ownFrames).map(({ name, url, line }) => ({
    name: name || '(anonymous)',
    place: url === '' ? '' : `${pathOf(url)}:${line}`,
  }))
}

/** The files of the package, wherever it is installed. */
const ownFile = /[\\/]node_modules[\\/]plimsoll[\\/]/

/**
 * Whether a stack is that of plimsoll's own timer alone: an idle thread is often interrupted at the next JavaScript that it
 * runs, and without an app's work that is a measurement.
 */
export function isOwnStack(frames: readonly StackFrame[]): boolean {
  const isOwn = ({ place }: StackFrame): boolean => place === '' || place.startsWith('node:') || ownFile.test(place)
  return frames.every(isOwn) && frames.some(({ place }) => ownFile.test(place))
}

/** The path in the URL of a file; other URLs as they are. */
export function pathOf(url: string): string {
  if (!url.startsWith('file://')) return url
  try {
    return decodeURIComponent(url.slice('file://'.length))
  } catch {
    return url
  }
}
