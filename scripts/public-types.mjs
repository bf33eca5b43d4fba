/** The types of the package: what is marked `@internal` is for plimsoll's own files, and editors are not to offer it. */

/**
 * The text of a file of types without the members and statements whose comment says `@internal`. As the compiler's
 * `stripInternal`, but from what was built: compiling once more takes ten times as long.
 */
export async function publicTypes(text) {
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
  return kept + text.slice(at)
}
