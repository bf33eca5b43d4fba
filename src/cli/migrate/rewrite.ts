import type ts from 'typescript'
import { exponentialBuckets, linearBuckets } from '../../snapshot/buckets/bucket-generators.ts'
import { Declarations, type DeclaredMetric } from './declarations.ts'
import { Imports } from './imports.ts'
import type { TypeScript } from './load-typescript.ts'
import { type Note, SourceText } from './source-text.ts'

/** One file, before and after. */
export interface Migrated {
  readonly file: string
  readonly before: string
  readonly after: string
  readonly notes: readonly Note[]
}

/** What files translate together: what one of them declares, another one may use. */
interface Shared {
  /** By the name of the variable or property; `undefined` where several have one name and differ. */
  readonly metrics: Map<string, DeclaredMetric | undefined>
  /** Variables and properties that have a registry of the app's own. */
  readonly registries: Set<string>
}

const kinds = ['Counter', 'Gauge', 'Histogram', 'Summary']
const generators: Readonly<Record<string, (...numbers: [number, number, number]) => number[]>> = {
  linearBuckets,
  exponentialBuckets,
}

/** Translates files, all that use the same metrics. */
export function migrate(ts: TypeScript, files: ReadonlyMap<string, string>): Migrated[] {
  const shared: Shared = { metrics: new Map(), registries: new Set() }
  const all = [...files].map(([file, text]) => new FileRewrite(ts, file, text, shared))
  for (const one of all) one.declare()
  return all.map((one) => one.finish())
}

class FileRewrite {
  private readonly ts: TypeScript
  private readonly file: string
  private readonly text: SourceText
  private readonly imports: Imports
  private readonly declarations: Declarations
  private readonly shared: Shared
  private readonly handled = new Set<ts.Node>()

  constructor(ts: TypeScript, file: string, text: string, shared: Shared) {
    this.ts = ts
    this.file = file
    this.shared = shared
    this.text = new SourceText(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
    this.imports = new Imports(ts, this.text)
    this.declarations = new Declarations(ts, this.text, this.imports, this.handled)
  }

  /** Translates declarations. */
  declare(): void {
    this.visit(this.text.source, (node) => {
      if (this.ts.isNewExpression(node)) this.readNew(node)
    })
  }

  /** Translates the rest. */
  finish(): Migrated {
    this.visit(this.text.source, (node) => {
      if (this.ts.isCallExpression(node)) this.readCall(node)
      else this.readName(node)
    })
    this.imports.rewrite()
    const notes = this.text.notes.toSorted((a, b) => a.line - b.line)
    return { file: this.file, before: this.text.source.text, after: this.text.apply(), notes }
  }

  private readNew(node: ts.NewExpression): void {
    const what = this.imports.exportOf(node.expression)
    if (what === 'Registry' && (node.arguments?.length ?? 0) === 0) this.writeRegistry(node)
    if (what === undefined || !kinds.includes(what)) return
    const declared = this.declarations.read(node, what)
    if (typeof declared === 'string') {
      this.text.note(node, declared)
      return
    }
    this.handled.add(node.expression)
    this.declarations.write(node, declared)
    const name = this.nameFor(node)
    if (name === undefined) return
    const { metrics } = this.shared
    const isKnown = metrics.has(name) && JSON.stringify(metrics.get(name)) !== JSON.stringify(declared)
    metrics.set(name, isKnown ? undefined : declared)
  }

  private writeRegistry(node: ts.NewExpression): void {
    this.useOwnRegistry(node.expression)
    const name = this.nameFor(node)
    if (name !== undefined) this.shared.registries.add(name)
    this.text.note(node, 'Readers see a registry of its own where it is published: publish({ registry }).')
  }

  /** Puts the class of plimsoll in the place of that of prom-client. */
  private useOwnRegistry(node: ts.Node): void {
    this.handled.add(node)
    this.text.replace(this.text.startOf(node), node.end, this.imports.want('Registry'))
  }

  private readCall(node: ts.CallExpression): void {
    const called = node.expression
    const what = this.imports.exportOf(called)
    if (what !== undefined && Object.hasOwn(generators, what)) this.writeBuckets(node, what)
    if (what === 'collectDefaultMetrics') this.writeDefaultMetrics(node)
    if (!this.ts.isPropertyAccessExpression(called)) return
    const on = called.expression
    if (this.isRegistry(on)) this.writeRegistryUse(node, on, called.name.text)
    const metric = this.metricOf(on)
    if (metric !== undefined) this.writeUse(node, called.name.text, metric)
  }

  private writeDefaultMetrics(node: ts.CallExpression): void {
    const [given] = node.arguments
    const options = given !== undefined && this.ts.isObjectLiteralExpression(given) ? [...given.properties] : []
    const register = options.find((one) => one.name?.getText() === 'register')
    const registry = register === undefined ? undefined : this.declarations.valueOf(register)
    const isDefault = registry === undefined || this.imports.exportOf(registry) === 'register'
    this.handled.add(node)
    const observe = this.imports.want('observeRuntime', 'plimsoll/runtime')
    this.text.replace(
      this.text.startOf(node),
      node.end,
      `${observe}(${isDefault ? '' : this.text.textOf(registry as ts.Node)})`,
    )
    this.text.note(
      node,
      'Metrics of the process have names of their own; formats give them those of prom-client by an option.',
    )
    const isWhole = given === undefined || (options.length > 0 && options.every((one) => one === register))
    if (!isWhole) this.text.note(node, 'Options of collectDefaultMetrics() are left out.')
  }

  private writeRegistryUse(node: ts.CallExpression, on: ts.Expression, method: string): void {
    const isDefault = this.imports.exportOf(on) === 'register'
    if (method === 'metrics') {
      this.handled.add(on)
      const format = this.imports.want('formatPrometheus', 'plimsoll/formats')
      const registry = isDefault ? this.imports.want('defaultRegistry') : this.text.textOf(on)
      this.text.replace(this.text.startOf(node), node.end, `${format}(${registry}.read())`)
    } else if (!isDefault) this.text.note(node, `A registry has no ${method}() here.`)
  }

  private isRegistry(node: ts.Node): boolean {
    const { ts } = this
    if (this.imports.exportOf(node) === 'register') return true
    const name = ts.isIdentifier(node) ? node : ts.isPropertyAccessExpression(node) ? node.name : undefined
    return name !== undefined && this.shared.registries.has(name.text)
  }

  private readName(node: ts.Node): void {
    const { ts } = this
    if (this.isInImport(node)) return
    if (ts.isPropertyAccessExpression(node) && this.isRegistry(node.expression)) {
      if (node.name.text !== 'contentType') return
      this.handled.add(node.expression)
      const type = this.imports.want('prometheusContentType', 'plimsoll/formats')
      this.text.replace(this.text.startOf(node), node.end, type)
      return
    }
    const what = this.imports.exportOf(node)
    if (what === undefined || this.handled.has(node) || this.isOfHandled(node)) return
    const { parent } = node
    const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node
    // All of the library: what is taken of it is looked at by itself.
    const isTaken = what === '*' && (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent))
    if (isMember || isTaken || (ts.isQualifiedName(parent) && parent.right === node)) return
    if (what === 'Registry' && this.shared.registries.size > 0 && ts.isTypeReferenceNode(parent)) {
      this.useOwnRegistry(node)
      return
    }
    this.imports.keep(node)
    // Why a metric is not translated is noted where it is declared.
    if (ts.isNewExpression(parent) && parent.expression === node && kinds.includes(what)) return
    const without = what === 'register' ? ': it has no metrics that were translated' : ''
    this.text.note(node, `"${this.text.textOf(node)}" is used as in prom-client${without}.`)
  }

  /** Whether it is part of something that was translated as a whole. */
  private isOfHandled(node: ts.Node): boolean {
    return node.parent !== undefined && (this.handled.has(node.parent) || this.isOfHandled(node.parent))
  }

  private isInImport(node: ts.Node): boolean {
    const { statements } = this.imports
    for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent)
      if (statements.includes(at as ts.Statement)) return true
    return false
  }

  private writeBuckets(node: ts.CallExpression, what: string): void {
    const numbers = node.arguments.map((one) => Number(this.text.textOf(one)))
    if (numbers.length !== 3 || numbers.some(Number.isNaN)) return
    this.handled.add(node.expression)
    const bounds = generators[what]?.(...(numbers as [number, number, number]))
    this.text.replace(this.text.startOf(node), node.end, JSON.stringify(bounds).replaceAll(',', ', '))
  }

  private writeUse(node: ts.CallExpression, method: string, { kind, labels }: DeclaredMetric): void {
    const [first] = node.arguments
    const isByPlace = first !== undefined && !this.ts.isObjectLiteralExpression(first)
    if ((method === 'labels' || method === 'remove') && isByPlace) {
      if (labels?.length !== node.arguments.length || !this.areTexts(node.arguments)) {
        this.text.note(node, `Pass labels by name: ${method}({ ${labels?.[0] ?? 'name'}: … }).`)
        return
      }
      const pairs = node.arguments.map((one, i) => {
        const text = this.text.textOf(one)
        return labels[i] === text ? text : `${labels[i]}: ${text}`
      })
      this.text.replace(this.text.startOf(first as ts.Node), node.arguments.end, `{ ${pairs.join(', ')} }`)
    } else if (method === 'setToCurrentTime' && first === undefined) {
      const name = (node.expression as ts.PropertyAccessExpression).name
      this.text.replace(this.text.startOf(name), node.end, 'set(Date.now() / 1000)')
    } else if (method === 'startTimer' && kind !== 'timer') {
      this.text.note(node, 'Only a timer has startTimer(): declare this metric with timer().')
    } else if (['reset', 'zero', 'get', 'setToCurrentTime'].includes(method)) {
      this.text.note(node, `There is no ${method}() here.`)
    }
  }

  /** Whether these are label values: one alone may be an object of labels. */
  private areTexts(given: ts.NodeArray<ts.Expression>): boolean {
    const { ts } = this
    if (given.some((one) => ts.isSpreadElement(one))) return false
    const [first] = given
    return (
      given.length > 1 || (first !== undefined && (ts.isLiteralExpression(first) || ts.isTemplateExpression(first)))
    )
  }

  private metricOf(node: ts.Node): DeclaredMetric | undefined {
    const { ts } = this
    if (ts.isIdentifier(node)) return this.shared.metrics.get(node.text)
    return ts.isPropertyAccessExpression(node) ? this.shared.metrics.get(node.name.text) : undefined
  }

  /** The variable or property that something is kept in. */
  private nameFor(node: ts.Node): string | undefined {
    const { ts } = this
    const { parent } = node
    const isKept =
      ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)
    if (isKept) return this.text.textOf(parent.name)
    if (!ts.isBinaryExpression(parent)) return undefined
    const { left } = parent
    return ts.isPropertyAccessExpression(left) ? left.name.text : this.text.textOf(left)
  }

  private visit(node: ts.Node, see: (node: ts.Node) => void): void {
    see(node)
    this.ts.forEachChild(node, (child) => this.visit(child, see))
  }
}
