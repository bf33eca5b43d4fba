const here = new URL('..', import.meta.url).href

/** Where the app called plimsoll, as `file:line:column`: the first place on the stack that is not in this package. */
export function callSite(): string {
  const lines = new Error('call site').stack?.split('\n').slice(1) ?? []
  const outside = lines.find((line) => !line.includes(here)) ?? lines.at(-1) ?? 'an unknown place'
  return outside.trim().replace(/^at /, '')
}
