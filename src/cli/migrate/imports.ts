import type ts from 'typescript'
import type { TypeScript } from './load-typescript.ts'
import type { SourceText } from './source-text.ts'

const libraries = ['prom-client', '@prometheus-io/client', 'plimsoll/prom-client']

/** Which names of a file are those of prom-client, and what takes their place. */
export class Imports {
  private readonly ts: TypeScript
  private readonly text: SourceText
  /** Those that import prom-client. */
  readonly statements: ts.Statement[] = []
  /** Names of a file by what they are in prom-client; `*` for all of it. */
  private readonly names = new Map<string, string>()
  private readonly kept = new Set<string>()
  private readonly wanted = new Map<string, Set<string>>()

  constructor(ts: TypeScript, text: SourceText) {
    this.ts = ts
    this.text = text
    for (const statement of text.source.statements) {
      if (this.readImport(statement) || this.readRequire(statement)) this.statements.push(statement)
    }
  }

  /** What an expression or type is of prom-client: `Counter` for `client.Counter`; `undefined` for anything else. */
  exportOf(node: ts.Node): string | undefined {
    const { ts } = this
    if (ts.isIdentifier(node)) return this.names.get(node.text)
    const [left, right] = ts.isPropertyAccessExpression(node)
      ? [node.expression, node.name]
      : ts.isQualifiedName(node)
        ? [node.left, node.right]
        : []
    const isAll = left !== undefined && ts.isIdentifier(left) && this.names.get(left.text) === '*'
    return isAll ? right?.text : undefined
  }

  /** Has the file import something of plimsoll; returns its name there. */
  want(name: string, module = 'plimsoll'): string {
    const names = this.wanted.get(module) ?? new Set()
    this.wanted.set(module, names.add(name))
    return name
  }

  /** Keeps a name of prom-client that the file still uses. */
  keep(node: ts.Node): void {
    const { ts } = this
    const name = ts.isPropertyAccessExpression(node) ? node.expression : ts.isQualifiedName(node) ? node.left : node
    this.kept.add(this.text.textOf(name))
  }

  /** Puts imports of plimsoll in place of those of prom-client. */
  rewrite(): void {
    const isModule = this.statements.some((statement) => this.ts.isImportDeclaration(statement))
    const added = [...this.wanted].map(([module, names]) => {
      const list = [...names].sort().join(', ')
      return isModule ? `import { ${list} } from '${module}'` : `const { ${list} } = require('${module}')`
    })
    for (const [i, statement] of this.statements.entries()) {
      const left = this.leftOf(statement)
      const semicolon = this.text.textOf(statement).endsWith(';') ? ';' : ''
      const lines = [...(i === 0 ? added : []), ...left].map((line) => line + semicolon)
      const { end } = statement
      // An empty line would be left over.
      const eaten = lines.length === 0 && this.text.source.text[end] === '\n' ? 1 : 0
      this.text.replace(this.text.startOf(statement), end + eaten, lines.join('\n'))
    }
  }

  /** What stays of an import, from the module that has prom-client's API. */
  private leftOf(statement: ts.Statement): string[] {
    const text = this.text.textOf(statement)
    const own = [...this.names].filter(([name]) => this.kept.has(name) && new RegExp(`\\b${name}\\b`).test(text))
    const isModule = this.ts.isImportDeclaration(statement)
    const from = isModule ? "from 'plimsoll/prom-client'" : "= require('plimsoll/prom-client')"
    const all = own
      .filter(([, what]) => what === '*')
      .map(([name]) => (isModule ? `import * as ${name}` : `const ${name}`))
    const some = own
      .filter(([, what]) => what !== '*')
      .map(([name, what]) => {
        return name === what ? name : `${what}${isModule ? ' as ' : ': '}${name}`
      })
    const named = some.length === 0 ? [] : [`${isModule ? 'import' : 'const'} { ${some.join(', ')} }`]
    return [...all, ...named].map((line) => `${line} ${from}`)
  }

  private readImport(statement: ts.Statement): boolean {
    const { ts } = this
    if (!ts.isImportDeclaration(statement) || !this.isLibrary(statement.moduleSpecifier)) return false
    const { name, namedBindings } = statement.importClause ?? {}
    if (name !== undefined) this.names.set(name.text, '*')
    if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) this.names.set(namedBindings.name.text, '*')
    else
      for (const one of namedBindings?.elements ?? [])
        this.names.set(one.name.text, (one.propertyName ?? one.name).text)
    return true
  }

  private readRequire(statement: ts.Statement): boolean {
    const { ts } = this
    if (!ts.isVariableStatement(statement)) return false
    const [declaration] = statement.declarationList.declarations
    const call = declaration?.initializer
    if (declaration === undefined || call === undefined || !ts.isCallExpression(call)) return false
    const isRequire = ts.isIdentifier(call.expression) && call.expression.text === 'require'
    if (!isRequire || !this.isLibrary(call.arguments[0])) return false
    const { name } = declaration
    if (ts.isIdentifier(name)) this.names.set(name.text, '*')
    else if (ts.isObjectBindingPattern(name)) {
      for (const { name: local, propertyName } of name.elements)
        this.names.set(this.text.textOf(local), this.text.textOf(propertyName ?? local))
    }
    return true
  }

  private isLibrary(node: ts.Node | undefined): boolean {
    return node !== undefined && this.ts.isStringLiteralLike(node) && libraries.includes(node.text)
  }
}
