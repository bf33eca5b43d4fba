import type ts from 'typescript'
import type { Imports } from './imports.ts'
import type { TypeScript } from './load-typescript.ts'
import type { SourceText } from './source-text.ts'

/** What is known of a metric that was declared: its kind here, and its labels where they are written out. */
export interface DeclaredMetric {
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'timer'
  readonly labels: readonly string[] | undefined
}

const aggregations: Readonly<Record<string, string>> = { sum: 'sum', min: 'min', max: 'max', average: 'mean' }
const renamed: Readonly<Record<string, string>> = { labelNames: 'labels', enableExemplars: 'exemplars' }
/** Options of summaries, which histograms need not have. */
const needless = ['percentiles', 'maxAgeSeconds', 'ageBuckets', 'pruneAgedBuckets', 'compressCount']
const same = ['help', 'buckets']

/** Turns `new Counter({ … })` into `counter(name, { … })`. */
export class Declarations {
  private readonly ts: TypeScript
  private readonly text: SourceText
  private readonly imports: Imports
  /** Nodes that need no further look. */
  private readonly handled: Set<ts.Node>

  constructor(ts: TypeScript, text: SourceText, imports: Imports, handled: Set<ts.Node>) {
    this.ts = ts
    this.text = text
    this.imports = imports
    this.handled = handled
  }

  /** What a declaration declares, and why it stays as it is, if it does. */
  read(node: ts.NewExpression, what: string): DeclaredMetric | string {
    const options = this.optionsOf(node)
    if (options === undefined) return `new ${what}() is not translated: its options are not written out here.`
    const name = options.get('name')
    if (name === undefined) return `new ${what}() is not translated: it has no name here.`
    const unknown = [...options.keys()].find((option) => !this.isKnown(option, options, node))
    if (unknown !== undefined) return `new ${what}() is not translated, because of its option "${unknown}".`
    const isTime = /_seconds['"`]$/.test(this.text.textOf(this.valueOf(name)))
    const kind = what === 'Counter' ? 'counter' : what === 'Gauge' ? 'gauge' : isTime ? 'timer' : 'histogram'
    const list = options.get('labelNames')
    return { kind, labels: list === undefined ? [] : this.textsIn(this.valueOf(list)) }
  }

  /** Writes it in plimsoll's way. */
  write(node: ts.NewExpression, { kind }: DeclaredMetric): void {
    const options = this.optionsOf(node) as ReadonlyMap<string, ts.ObjectLiteralElementLike>
    const [literal] = node.arguments as unknown as [ts.ObjectLiteralExpression]
    const registry = this.registryOf(options)
    const name = this.text.textOf(this.valueOf(options.get('name') as ts.ObjectLiteralElementLike))
    const called = registry === undefined ? this.imports.want(kind) : `${registry}.${kind}`
    this.text.replace(this.text.startOf(node), this.text.startOf(literal), `${called}(${name}, `)
    const removed = ['name', 'registers', 'collect', ...needless].flatMap((option) => options.get(option) ?? [])
    for (const one of removed) this.handled.add(one)
    this.text.removeFrom(literal.properties, new Set(removed))
    for (const [option, better] of Object.entries(renamed)) {
      const found = options.get(option)
      if (found?.name === undefined) continue
      const isShort = this.ts.isShorthandPropertyAssignment(found)
      this.text.replace(this.text.startOf(found.name), found.name.end, isShort ? `${better}: ${option}` : better)
    }
    this.writeAggregation(options)
    const observed = this.observedBy(options)
    if (observed !== undefined) this.text.replace(node.end, node.end, `.observe(() => ${observed})`)
    if (needless.some((option) => options.has(option))) {
      this.text.note(
        node,
        'Any quantile can be read, over the last 1 and 5 minutes as well: options about that are left out.',
      )
    }
    if (kind === 'timer') this.text.note(node, 'A histogram of seconds is a timer here.')
  }

  private writeAggregation(options: ReadonlyMap<string, ts.ObjectLiteralElementLike>): void {
    const found = options.get('aggregator')
    if (found === undefined) return
    const given = this.text.textOf(this.valueOf(found)).slice(1, -1)
    this.text.replace(this.text.startOf(found), found.end, `aggregation: '${aggregations[given]}'`)
  }

  private isKnown(option: string, options: ReadonlyMap<string, ts.ObjectLiteralElementLike>, node: ts.Node): boolean {
    if (['name', ...same, ...needless, ...Object.keys(renamed)].includes(option)) return true
    const value = this.valueOf(options.get(option) as ts.ObjectLiteralElementLike)
    if (option === 'aggregator') {
      return this.ts.isStringLiteralLike(value) && Object.hasOwn(aggregations, value.text)
    }
    if (option === 'registers') return this.ts.isArrayLiteralExpression(value) && value.elements.length === 1
    // Its result would be the function that stops it.
    if (option !== 'collect' || !this.ts.isExpressionStatement(node.parent)) return false
    return this.observedBy(options) !== undefined
  }

  /** What `collect() { this.set(…) }` sets. */
  private observedBy(options: ReadonlyMap<string, ts.ObjectLiteralElementLike>): string | undefined {
    const { ts } = this
    const found = options.get('collect')
    const body = found !== undefined && ts.isMethodDeclaration(found) ? found.body?.statements : undefined
    const call = body?.length === 1 && body[0] && ts.isExpressionStatement(body[0]) ? body[0].expression : undefined
    if (call === undefined || !ts.isCallExpression(call) || call.arguments.length !== 1) return undefined
    return this.text.textOf(call.expression) === 'this.set' ? this.text.textOf(call.arguments[0] as ts.Node) : undefined
  }

  /** The registry that it is declared in; `undefined` for the default one. */
  private registryOf(options: ReadonlyMap<string, ts.ObjectLiteralElementLike>): string | undefined {
    const found = options.get('registers')
    if (found === undefined) return undefined
    const [registry] = (this.valueOf(found) as ts.ArrayLiteralExpression).elements
    return registry === undefined || this.imports.exportOf(registry) === 'register'
      ? undefined
      : this.text.textOf(registry)
  }

  /** Options by name; `undefined` where they cannot be read off the code. */
  private optionsOf(node: ts.NewExpression): ReadonlyMap<string, ts.ObjectLiteralElementLike> | undefined {
    const { ts } = this
    const [literal] = node.arguments ?? []
    if (literal === undefined || !ts.isObjectLiteralExpression(literal)) return undefined
    const entries = literal.properties.map((one) => {
      const isReadable = one.name !== undefined && (ts.isIdentifier(one.name) || ts.isStringLiteralLike(one.name))
      return isReadable ? ([(one.name as ts.Identifier).text, one] as const) : undefined
    })
    return entries.includes(undefined)
      ? undefined
      : new Map(entries as (readonly [string, ts.ObjectLiteralElementLike])[])
  }

  /** What an option is set to. */
  valueOf(option: ts.ObjectLiteralElementLike): ts.Node {
    return this.ts.isPropertyAssignment(option) ? option.initializer : (option.name as ts.Node)
  }

  private textsIn(node: ts.Node): readonly string[] | undefined {
    const { ts } = this
    const list = ts.isAsExpression(node) ? node.expression : node
    if (!ts.isArrayLiteralExpression(list) || !list.elements.every((one) => ts.isStringLiteralLike(one)))
      return undefined
    return list.elements.map((one) => (one as ts.StringLiteralLike).text)
  }
}
