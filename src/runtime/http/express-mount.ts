/** A layer of a router of Express 4 or 5, as far as it is read here. */
export interface Layer {
  readonly handle?: { readonly stack?: readonly Layer[] }
  readonly route?: object
  /** Express 4: what the path became. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean; readonly fast_star?: boolean }
  readonly keys?: readonly { readonly name: string | number }[]
  /** Express 5: whether the path is `/` in a mount. */
  readonly slash?: boolean
  readonly matchers?: readonly ((path: string) => Match | false)[]
  /** Since router 2.3, of Express 5.2: the path as it was given. */
  readonly rawPath?: unknown
}

interface Match {
  readonly path: string
  readonly params: Readonly<Record<string, unknown>>
}

/**
 * The ways to match a layer, each as a layer of its own. Router 2.0 to 2.2 keeps no text of its paths: where it has several,
 * that of each is found out by itself.
 */
export function waysOf(layer: Layer): readonly Layer[] {
  const { matchers = [], rawPath } = layer
  return matchers.length < 2 || rawPath !== undefined ? [layer] : matchers.map((one) => ({ ...layer, matchers: [one] }))
}

/** The part at the beginning of `path` that a layer matches; `undefined` where it does not. Changes nothing in the layer. */
export function matchedPart(layer: Layer, path: string): string | undefined {
  const { regexp, slash, matchers } = layer
  if (slash === true || regexp?.fast_slash === true) return ''
  if (regexp !== undefined) return regexp.fast_star === true ? path : regexp.exec(path)?.[0]
  return matchFirst(matchers, path)?.path
}

/** The path of a mount as it was declared; `undefined` where it cannot be found out. `path` is one that the layer matches. */
export function mountText(layer: Layer, path: string | undefined): string | undefined {
  const { regexp, slash, rawPath } = layer
  if (slash === true || regexp?.fast_slash === true) return ''
  if (rawPath !== undefined) return pathText(rawPath)
  if (regexp !== undefined) return textOfRegexp(regexp, layer.keys ?? [])
  return path === undefined ? undefined : probedText(layer, path)
}

/** A path as it was given to Express: a text, a regular expression, or several of them. */
export function pathText(path: unknown): string {
  if (!Array.isArray(path)) return String(path)
  const all = path.flat(Number.POSITIVE_INFINITY).map(String)
  return all.length === 1 ? (all[0] as string) : `/(${all.join('|')})`
}

function matchFirst(matchers: Layer['matchers'], path: string): Match | undefined {
  for (const match of matchers ?? []) {
    const found = match(path)
    if (found !== false) return found
  }
  return undefined
}

/** A parameter, in the ways in which path-to-regexp 0.1.3 to 0.1.13 writes it; the last one is that of a part of a segment. */
const parameter = /(?:(?:\\\/)?\(\?:(?:\\\/)?\(\[\^\\?\/\]\+\?\)\)|\(\?:(\()\(\?:\(\?!\\\/\|[^()]*\)\.\)\+\?\)\))(\??)/g

/**
 * Express 4 keeps only the regular expression of a path, or of several. Where it is none of the usual ones, it is the text
 * itself.
 */
function textOfRegexp(regexp: RegExp, keys: readonly { readonly name: string | number }[]): string {
  let found = 0
  const texts = regexp.source.split(/\|(?=\^)/).map((source) =>
    source
      .replace(/^\^/, '')
      .replace(/(\\\/\?)?(\(\?=\\\/\|\$\))?$/, '')
      .replace(parameter, (_, part, optional) => `${part ? '' : '/'}:${keys[found++]?.name}${optional}`)
      .replace(/\\([./-])/g, '$1'),
  )
  const isPlain = texts.every((text) => /^(\/(:\w+\??|[\w.~%@!$&'+,;=-])*)*$/.test(text))
  return isPlain && found === keys.length ? pathText(texts) : `/${regexp.source}/`
}

/** Matched by no literal text of a path. */
const token = 'plimsoll0probe'

/**
 * Router 2.0 to 2.2, of Express 5.0 and 5.1, keeps no text at all. So each segment of a path that matched is replaced in
 * turn: a parameter takes what replaces it, a literal text matches no more. What is neither (a part of a segment, a wildcard,
 * a regular expression) stays unknown.
 */
function probedText(layer: Layer, path: string): string | undefined {
  const match = matchFirst(layer.matchers, path)
  if (match === undefined) return undefined
  const segments = match.path.split('/').slice(1)
  const names = Object.keys(match.params)
  let found = 0
  const texts = segments.map((segment, i) => {
    const probe = (text: string): Match | undefined =>
      matchFirst(layer.matchers, `/${segments.with(i, text).join('/')}`)
    const params = probe(token)?.params
    const name = names.find((one) => params?.[one] === token)
    if (name !== undefined) {
      found++
      return `:${name}`
    }
    const isLiteral = [...segment].every((character, at) => {
      const changed = segment.slice(0, at) + (/[a-y]/i.test(character) ? 'z' : 'y') + segment.slice(at + 1)
      return probe(changed) === undefined
    })
    return params === undefined && isLiteral && segment !== '' ? segment.toLowerCase() : undefined
  })
  return found === names.length && !texts.includes(undefined) ? `/${texts.join('/')}` : undefined
}
