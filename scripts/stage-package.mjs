/**
 * The package as it is published, in a folder of its own: the built files of each entry as one file, with what entries
 * share in dist/chunks, types without what is internal, and documents as they are. Why: docs/adr/0009-bundled-package.md.
 */
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { publicTypes } from './public-types.mjs'
import { filesBelow, root } from './setup.mjs'

/** Below the project's folder. With `./`: npm takes a path without it for a repository on GitHub. */
export const stagedFolder = './build/package'

/** Started as a thread by its name, so nothing imports it. */
const threadProgram = './dist/zeromq/collector-thread-program.js'

/** What is in package.json for those who work on plimsoll, or to choose files, which are chosen here. */
const forDevelopment = ['scripts', 'devDependencies', 'imports', 'files']

/** What all of plimsoll stands on: in the chunk of the lowest floor. */
const lowest = ['clock', 'errors', 'units', 'version'].map((name) => join(root, 'dist', `${name}.js`))

/** Makes the folder anew from dist, which has to be built. */
export async function stagePackage() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = join(root, stagedFolder)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const path of documentsOf(manifest)) cpSync(join(root, path), join(folder, path), { recursive: true })
  for (const path of filesBelow('dist').filter((file) => file.endsWith('.d.ts'))) {
    mkdirSync(dirname(join(folder, 'dist', path)), { recursive: true })
    writeFileSync(join(folder, 'dist', path), await publicTypes(readFileSync(join(root, 'dist', path), 'utf8')))
  }
  await bundle(entriesOf(manifest), join(folder, 'dist'))
  // npm does so at each installation from a registry, but where it was told this folder, only at the first one.
  for (const file of Object.values(manifest.bin)) chmodSync(join(folder, file), 0o755)
  const published = Object.entries(manifest).filter(([field]) => !forDevelopment.includes(field))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(Object.fromEntries(published), undefined, 2)}\n`)
}

/** Whether the folder was made after everything that goes into it, and has all of the types. */
export function isStaged() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const made = statSync(join(root, stagedFolder, 'package.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const isOlder = (path) => statSync(join(root, path)).mtimeMs < made
  const types = (folder) => filesBelow(folder).filter((file) => file.endsWith('.d.ts'))
  const below = ['dist', 'docs'].flatMap((folder) => filesBelow(folder).map((file) => join(folder, file)))
  const single = ['package.json', ...documentsOf(manifest), 'scripts/stage-package.mjs', 'scripts/public-types.mjs']
  return [...single, ...below].every(isOlder) && types('dist').join() === types(join(stagedFolder, 'dist')).join()
}

/** What is published besides built files: paths of files and folders. */
function documentsOf({ files }) {
  return ['README.md', 'LICENSE', ...files.filter((path) => path !== 'dist')]
}

/** The files that users, shells and threads start with, by their place below dist. */
function entriesOf({ exports, bin }) {
  const files = [...Object.values(exports), ...Object.values(bin), threadProgram].filter((file) => file.endsWith('.js'))
  return Object.fromEntries(
    files.map((file) => [relative('dist', file).replaceAll('\\', '/').replace(/\.js$/, ''), join(root, file)]),
  )
}

async function bundle(input, dir) {
  // Here, because this file is read before packages are installed.
  const { rollup } = await import('rollup')
  const build = await rollup({
    input,
    external: [/^node:/, 'zeromq'],
    onwarn: ({ code, message }) => {
      throw new Error(`${code}: ${message}`)
    },
  })
  let chunkOf
  await build.write({
    dir,
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    manualChunks: (id, { getModuleInfo }) => {
      chunkOf ??= chunks(Object.values(input), getModuleInfo)
      return chunkOf(id)
    },
    // People read the files and stack traces: names stay what they are.
    minifyInternalExports: false,
    hoistTransitiveImports: false,
  })
  await build.close()
}

/**
 * Which chunk a module goes to: one for each folder, so that chunks stand on floors as folders do, and `plimsoll/formats`
 * loads nothing of Node. What `plimsoll` itself loads of a folder is apart from what it does not; its own file has no
 * more than names, so that bundlers can leave chunks out. What only one other entry has is in the file of that entry.
 */
function chunks(entries, getModuleInfo) {
  const reached = new Map(entries.map((entry) => [entry, reachedFrom(entry, getModuleInfo)]))
  const byPlimsoll = reached.get(join(root, 'dist', 'index.js'))
  const isShared = (id) => byPlimsoll.has(id) || [...reached.values()].filter((ids) => ids.has(id)).length > 1
  const folderOf = (id) =>
    lowest.includes(id) ? 'snapshot' : relative(join(root, 'dist'), dirname(id)).split(/[\\/]/, 1)[0]
  const foldersOfPlimsoll = new Set([...byPlimsoll].map(folderOf))
  return (id) => {
    const folder = folderOf(id)
    if (folder === '' || !isShared(id)) return undefined
    return byPlimsoll.has(id) || !foldersOfPlimsoll.has(folder) ? folder : `${folder}-rest`
  }
}

function reachedFrom(id, getModuleInfo, found = new Set()) {
  if (found.has(id)) return found
  found.add(id)
  for (const imported of getModuleInfo(id).importedIds)
    if (!getModuleInfo(imported).isExternal) reachedFrom(imported, getModuleInfo, found)
  return found
}
