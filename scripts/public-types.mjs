/**
 * The types of the package: of what entries lead to, for `import` and for `require`. What is marked `@internal` is for plimsoll's
 * own files, and editors are not to offer it.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The part of an import, export or `import()` type of a file of types that names another one of the package. */
const relativeName = /(\b(?:from|import)\s*\(?\s*['"])(\.[^'"]*)\.ts(?=['"])/g

/**
 * The texts of files of types by their names below `dist`: for each of `entries` and what it imports, as `.d.ts` for `import`
 * and as `.d.cts` for `require`.
 */
export async function allTypes(dist, entries) {
  const texts = new Map()
  const add = async (file) => {
    if (texts.has(file)) return
    const text = readFileSync(join(dist, file), 'utf8')
    const shown = await publicTypes(text)
    texts.set(file, shown.replace(relativeName, '$1$2.js'))
    texts.set(file.replace(/ts$/, 'cts'), shown.replace(relativeName, '$1$2.cjs'))
    for (const [, , name] of shown.matchAll(relativeName)) await add(join(dirname(file), `${name}.d.ts`))
  }
  for (const entry of entries) await add(entry)
  return texts
}

/**
 * The text of a file of types without the members and statements whose comment says `@internal`. As the compiler's
 * `stripInternal`, but from what was built: compiling once more takes ten times as long.
 */
async function publicTypes(text) {
  // Here, because this file is read before packages are installed.
  const { default: ts } = await import('typescript')
  const source = ts.createSourceFile('types.d.ts', text, ts.ScriptTarget.Latest, true)
  const cuts = []
  const visit = (node) => {
    const comment = ts.getLeadingCommentRanges(text, node.pos)?.at(-1)
    const isInternal = comment !== undefined && text.slice(comment.pos, comment.end).includes('@internal')
    const isWhole = ts.isClassElement(node) || ts.isTypeElement(node) || ts.isStatement(node)
    if (isInternal && isWhole) cuts.push([comment.pos, node.end])
    else ts.forEachChild(node, visit)
  }
  if (text.includes('@internal')) visit(source)
  let kept = ''
  let at = 0
  for (const [from, end] of cuts) {
    kept += text.slice(at, from).trimEnd()
    at = end
  }
  return withoutUnused(kept + text.slice(at))
}

/** What only internal members needed is imported no more, or its file would be published with all that it imports. */
function withoutUnused(text) {
  return text.replace(/^import (?:type )?\{([^}]*)\} from [^;]*;\n/gm, (line, list) => {
    const names = list.split(',').map((name) => name.trim().split(/\s+/).at(-1))
    const isUsed = (name) => new RegExp(`\\b${name}\\b`).test(text.replace(line, ''))
    return names.some(isUsed) ? line : ''
  })
}
