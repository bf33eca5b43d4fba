import { fileURLToPath } from 'node:url'

/** What each package is answered with, by the value of `$PLIMSOLL_ADOPT`. As the packages do, it answers in CommonJS. */
const stands: Readonly<Record<string, { readonly packages: readonly string[]; readonly entry: string }>> = {
  'prom-client': { packages: ['prom-client', '@prometheus-io/client'], entry: 'compat/prom-client/index.cjs' },
}

interface Resolved {
  readonly url: string
  readonly format: 'commonjs'
  readonly shortCircuit: true
}

type Resolve = (name: string, context: object, next: (name: string, context: object) => unknown) => unknown

/** What Node has of hooks: in newer versions those that see `import` and `require` alike. */
interface Hooks {
  readonly registerHooks?: (hooks: { resolve: Resolve }) => unknown
  readonly register: (url: string) => void
  readonly _load: (name: string, ...others: unknown[]) => unknown
}

/**
 * Answers an app's own `import` and `require` of libraries with what stands for them, from now on.
 *
 * @param names of libraries, with commas between them. What has no stand-in is a warning.
 */
export function adoptLibraries(names: string): void {
  const files = new Map<string, string>()
  for (const name of names.split(',').flatMap((one) => one.trim() || [])) {
    const stand = stands[name]
    if (stand === undefined) {
      const known = Object.keys(stands).join(', ')
      process.emitWarning(`Unknown library "${name}" in PLIMSOLL_ADOPT. Known: ${known}.`, {
        type: 'PlimsollWarning',
        code: 'PLIMSOLL_OPTION_INVALID',
      })
      continue
    }
    for (const library of stand.packages) files.set(library, new URL(stand.entry, import.meta.url).href)
  }
  if (files.size > 0) hook(files)
}

function hook(files: ReadonlyMap<string, string>): void {
  const hooks = process.getBuiltinModule('node:module') as unknown as Hooks
  if (hooks.registerHooks === undefined) {
    hookOlderNode(hooks as Hooks & { _load: Hooks['_load'] }, files)
    return
  }
  hooks.registerHooks({
    resolve: (name, context, next) => {
      const url = files.get(name)
      return url === undefined
        ? next(name, context)
        : ({ url, format: 'commonjs', shortCircuit: true } satisfies Resolved)
    },
  })
}

/** Node 20 asks hooks in a thread of their own about `import`, and none about `require`. */
function hookOlderNode(
  hooks: { _load: Hooks['_load'] } & Pick<Hooks, 'register'>,
  files: ReadonlyMap<string, string>,
): void {
  const load = hooks._load
  const paths = new Map([...files].map(([name, url]) => [name, fileURLToPath(url)]))
  hooks._load = function (this: unknown, name, ...others) {
    return load.call(this, paths.get(name) ?? name, ...others)
  }
  const source = `const files = new Map(${JSON.stringify([...files])})
export const resolve = (name, context, next) => {
  const url = files.get(name)
  return url === undefined ? next(name, context) : { url, format: 'commonjs', shortCircuit: true }
}`
  hooks.register(`data:text/javascript,${encodeURIComponent(source)}`)
}
