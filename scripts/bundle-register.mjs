/**
 * `plimsoll/register` as it is published: what it loads into a process that it publishes is one file, apart from what apps import,
 * and the less there is in it the better: all of it is read and parsed, whether it runs or not. So the file is compact, and what a
 * process uses later, if at all, is in other files.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, root } from './setup.mjs'

/** What plimsoll/register loads where it publishes. */
export const registered = './dist/register-app.js'

/** Modules of the second file: reading what was recorded, kinds that the process itself does not need, errors, pages without mmap. */
const later = {
  '.': 'adopt error-table nearest units',
  'metrics/kinds':
    'average exemplars explicit-histogram meter observer octave-copies recent-copies rolling-average slow-runs state text',
  'metrics/lifetime': 'evicted revivable-state revivable-text',
  'metrics/registry': 'extension-cells sparse-family unpublished',
  os: 'access cgroup lock-table warning',
  page: 'life own-pages',
  'page/write': 'closed-page written-file',
  'runtime/http': 'express express-mount',
  snapshot: 'amounts check-snapshot glob selection selector selector-match statistics totals',
  'snapshot/buckets': 'quantile select-distribution',
  'snapshot/kinds':
    'average evict-cells exact exemplar merge-gauge meter octave-quantiles recent sanitize-distribution state subtract-distribution text',
}
/** All modules in this folder as well. */
const laterFolder = 'snapshot/merge'

/** Their files. Throws for a module that is not there: renamed, it would be in the first file without a word. */
function filesOfLater() {
  const named = Object.entries(later).flatMap(([folder, names]) =>
    names.split(' ').map((name) => join(folder, `${name}.js`)),
  )
  const all = [...named, ...filesBelow(`dist/${laterFolder}`).map((file) => join(laterFolder, file))]
  const files = all.map((file) => join(root, 'dist', file))
  const missing = files.filter((file) => !existsSync(file))
  if (missing.length > 0)
    throw new Error(`scripts/bundle-register.mjs names modules that are not there: ${missing.join(', ')}`)
  return new Set(files)
}

/**
 * No comments, no blanks that need not be there, and short names for what is inside a function. A line for each statement, so that
 * stack traces name one, and the names of functions, methods and classes.
 */
const compact = {
  compress: false,
  mangle: { keep_fnames: true, keep_classnames: true },
  format: { semicolons: false },
}

/** Has what rollup writes compact. */
export const compacted = {
  name: 'compact',
  renderChunk: async (code) => (await (await import('terser')).minify(exportAtOnce(code), compact)).code,
}

/** Writes the files. `build` is that of stage-package.mjs. */
export async function bundleRegistered(build, dir) {
  const laterFiles = filesOfLater()
  const options = {
    input: { 'register-app': join(root, registered) },
    external: [/^node:/],
    // What is not used of Node is not loaded.
    treeshake: { moduleSideEffects: 'no-external' },
    preserveEntrySignatures: 'allow-extension',
    // The second file is not loaded before the first one is.
    allowed: 'CIRCULAR_CHUNK',
    plugins: [requireDirectly, requireLate(), compacted],
  }
  await build(options, {
    dir,
    format: 'cjs',
    exports: 'named',
    externalLiveBindings: false,
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    manualChunks: (id, modules) => chunkOf(id, modules, laterFiles),
  })
}

/** What is needed at the start is named as well: rollup would put into the second file all that this one imports. */
function chunkOf(id, { getModuleInfo }, laterFiles) {
  if (!isAtStart(id, getModuleInfo)) return 'register-compaction'
  return laterFiles.has(id) ? 'register-later' : 'register-app'
}

/** Whether the entry leads to a module without a dynamic import. */
function isAtStart(id, getModuleInfo, seen = new Set()) {
  if (getModuleInfo(id).isEntry) return true
  if (seen.has(id)) return false
  seen.add(id)
  return getModuleInfo(id).importers.some((importer) => isAtStart(importer, getModuleInfo, seen))
}

/**
 * A file of CommonJS needs no `require` but its own, for which Node would load more of itself. Not by the name `require`, which
 * bundlers would follow.
 */
const requireDirectly = {
  name: 'require-directly',
  transform: (code, id) =>
    id.endsWith('require-package.js')
      ? `const own = module;\n${code.replace('requireFrom(import.meta.url ?? __filename)(name)', 'own.require(name)')}`
      : null,
}

/** One object literal in place of an assignment for each export: V8 makes a hidden class and a list of properties for each. */
function exportAtOnce(code) {
  const names = []
  const rest = code.replace(/^exports\.(\w+) = ([\w$]+);(?:\n|$)/gm, (_, name, local) => {
    names.push(name === local ? name : `${name}:${local}`)
    return ''
  })
  if (/^exports\./m.test(rest)) throw new Error('A file of plimsoll/register would lose exports')
  return `${rest}module.exports = { ${names.join(', ')} };\n`
}

/**
 * Has the first file require the second one where it uses something of that, and not at its beginning. What a table of the first
 * file names of it becomes a function that calls it.
 */
function requireLate() {
  const named = []
  return {
    name: 'require-late',
    renderDynamicImport: () => ({ left: 'require(', right: ')' }),
    renderChunk(code, { isEntry }) {
      const [line, name] = /^var (\w+) = require\('\.\/register-later\.cjs'\);\n/m.exec(code) ?? []
      if (!isEntry || line === undefined) return null
      const edits = usesOf(name, this.parse(code)).map(({ start, end, parent, isRunLater }) => {
        const member = code.slice(start + name.length, end)
        if (isRunLater)
          return { start, end, text: parent === 'NewExpression' ? `(${name}()${member})` : `${name}()${member}` }
        if (/^(Call|New|Class)/.test(parent)) this.error(`${name}${member} is used when the first file is loaded`)
        named.push(member.slice(1))
        return { start, end, text: `((...given) => ${name}()${member}(...given))` }
      })
      const start = code.indexOf(line)
      const text = `let later;\nfunction ${name}() { return later ??= require('./register-later.cjs'); }\n`
      return [...edits, { start, end: start + line.length, text }]
        .sort((a, b) => b.start - a.start)
        .reduce((rest, edit) => rest.slice(0, edit.start) + edit.text + rest.slice(edit.end), code)
    },
    generateBundle(_, { 'register-later.cjs': { code } }) {
      const exported = code.slice(code.lastIndexOf('module.exports={'))
      for (const name of named) {
        const [, local = name] = new RegExp(`[{,]${name}(?::([\\w$]+))?[,}]`).exec(exported) ?? []
        if (!code.includes(`function ${local}(`))
          this.error(`a table of the first file names ${name}, which is no function`)
      }
    },
  }
}

/** Where something of a module is named in parsed code, and whether that runs only when a function is called. */
function usesOf(name, node, parent = '', isRunLater = false) {
  if (node.type === 'MemberExpression' && node.object.name === name)
    return [{ start: node.start, end: node.end, parent, isRunLater }]
  const runsLater = isRunLater || /Function/.test(node.type) || (node.type === 'PropertyDefinition' && !node.static)
  return Object.values(node)
    .flat()
    .filter((child) => typeof child?.type === 'string')
    .flatMap((child) => usesOf(name, child, node.type, runsLater))
}
