/**
 * The files of the dashboard's page, from what tsc has built of src/dashboard/browser: two programs, each in one file with all
 * that it imports, a style sheet and a document. They are in dist/dashboard/assets, in a build and in the package.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const programs = 'dist/dashboard/browser'
const sources = 'src/dashboard/browser'
const assets = join(root, 'dist/dashboard/assets')
const uplot = join(root, 'node_modules/uplot')

/** Makes them where they are missing, or older than what they are made of. */
export async function bundleDashboard() {
  if (isBundled()) return
  // Here, because this file is read before packages are installed.
  const { rollup } = await import('rollup')
  mkdirSync(assets, { recursive: true })
  for (const name of ['main', 'worker']) {
    const bundle = await rollup({ input: join(root, programs, `${name}.js`), plugins: [charts], onwarn: fail })
    await bundle.write({ file: join(assets, `${name}.mjs`), format: 'es' })
    await bundle.close()
  }
  const styles = filesBelow(`${sources}/style`)
  const style = [join(uplot, 'dist/uPlot.min.css'), ...styles].map((file) => readFileSync(file, 'utf8')).join('')
  writeFileSync(join(assets, 'style.css'), style)
  writeFileSync(join(assets, 'index.html'), readFileSync(join(root, sources, 'index.html')))
}

/** uPlot in its minified form, which is a script, with its licence. */
const charts = {
  name: 'charts',
  resolveId: (source) => (source === 'uplot' ? join(uplot, 'dist/uPlot.iife.min.js') : null),
  transform: (code, id) => {
    if (!id.endsWith('uPlot.iife.min.js')) return null
    const licence = readFileSync(join(uplot, 'LICENSE'), 'utf8').trim()
    return `/*! uPlot\n${licence}\n*/\n${code}\nexport default uPlot`
  },
}

/** Absolute paths, sorted. */
function filesBelow(folder) {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function fail({ code, message }) {
  throw new Error(`${code}: ${message}`)
}

function isBundled() {
  const made = ['main.mjs', 'worker.mjs', 'style.css', 'index.html'].map(
    (name) => statSync(join(assets, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  )
  const paths = [import.meta.filename, ...[programs, sources].flatMap(filesBelow)]
  const newest = Math.max(...paths.map((path) => statSync(path).mtimeMs))
  return Math.min(...made) > newest
}

if (process.argv[1] === import.meta.filename) await bundleDashboard()
