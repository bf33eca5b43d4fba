/**
 * The package as it is published, in a folder of its own: the built files of each entry as one file, once for `import` and once
 * for `require`, with what entries share in dist/chunks, types without what is internal, and documents as they are.
 * Why: docs/adr/0009-bundled-package.md.
 */
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { bundleDashboard } from './bundle-dashboard.mjs'
import { bundleRegistered, compacted, registered } from './bundle-register.mjs'
import { allTypes } from './public-types.mjs'
import { filesBelow, root } from './setup.mjs'

/** Below the project's folder. With `./`: npm takes a path without it for a repository on GitHub. */
export const stagedFolder = './build/package'

/** The folder that stands for prom-client. */
export const standInFolder = './build/prom-client'

/** Started as threads by their names, so nothing imports them. */
const threadPrograms = [
  './dist/zeromq/collector-thread-program.js',
  './dist/http/status-thread-program.js',
  './dist/sinks/sinks-thread-program.js',
]
const register = './dist/register.js'

/** The files of the dashboard's page, which browsers load. */
const dashboardAssets = 'dist/dashboard/assets'

/** What is in package.json for those who work on plimsoll, or to choose files, which are chosen here. */
const forDevelopment = ['scripts', 'devDependencies', 'overrides', 'imports', 'files']

/**
 * The chunk of what lies in no folder of src and is shared: without one, rollup puts it into a chunk of its choice, and whoever
 * needs the file loads that chunk and all that it imports.
 */
const chunkOfFile = {
  'clock.js': 'snapshot',
  'error-table.js': 'snapshot',
  'errors.js': 'snapshot',
  'nearest.js': 'snapshot',
  'options.js': 'snapshot',
  'schedule.js': 'os',
  'units.js': 'snapshot',
  'version.js': 'snapshot',
}

/** Makes the folder anew from dist, which has to be built. */
export async function stagePackage() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = join(root, stagedFolder)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const path of documentsOf(manifest)) cpSync(join(root, path), join(folder, path), { recursive: true })
  mkdirSync(join(folder, 'man'))
  writeFileSync(join(folder, manifest.man), await manualPage())
  const entries = Object.values(manifest.exports).filter((file) => file.endsWith('.js'))
  const types = await allTypes(
    root,
    entries.map((file) => file.slice(2).replace(/js$/, 'd.ts')),
  )
  for (const [path, text] of types) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const libraries = entries.filter((file) => !manifest.sideEffects.includes(file))
  await bundle(inputOf([...libraries, ...threadPrograms, registered]), join(folder, 'dist'), 'es')
  await bundle(inputOf(libraries), join(folder, 'dist'), 'cjs')
  await bundleRegistered(build, join(folder, 'dist'))
  await bundleDashboard()
  cpSync(join(root, dashboardAssets), join(folder, dashboardAssets), { recursive: true })
  for (const format of ['es', 'cjs']) await bundleAlone(register, registered, join(folder, 'dist'), format)
  await bundleCommand(Object.values(manifest.bin), join(folder, 'dist'))
  // npm does so at each installation from a registry, but where it was told this folder, only at the first one.
  for (const file of Object.values(manifest.bin)) chmodSync(join(folder, commonJs(file)), 0o755)
  stagePromClient(manifest)
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`)
}

/** The manual page of the command, from the same table as its help. */
async function manualPage() {
  const [{ manualPage }, { loadAll }] = await Promise.all(
    ['help/manual', 'commands'].map((name) => import(new URL(`../dist/cli/${name}.js`, import.meta.url))),
  )
  return manualPage(await loadAll())
}

/** What takes the place of prom-client where npm's `overrides` lead to it: CommonJS, as prom-client is. */
function stagePromClient({ version, license, homepage }) {
  const folder = join(root, standInFolder)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const manifest = {
    name: 'prom-client',
    // The version that dependents ask for.
    version: '15.1.3',
    description: 'The API of prom-client, whose metrics record into the pages of plimsoll',
    license,
    homepage,
    main: './index.js',
    types: './index.d.ts',
    peerDependencies: { plimsoll: version },
  }
  const files = {
    'package.json': `${JSON.stringify(manifest, undefined, 2)}\n`,
    'index.js': "module.exports = require('plimsoll/prom-client')\n",
    'index.d.ts': "export * from 'plimsoll/prom-client'\nexport { default } from 'plimsoll/prom-client'\n",
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}

/** What package.json is to those who install the package: each entry for `import` and for `require`. */
export function publishedManifest(manifest) {
  const both = Object.entries(manifest.exports).map(([name, file]) => {
    if (!file.endsWith('.js')) return [name, file]
    // Node starts CommonJS sooner, also where it is imported. Bundlers know the other condition as well.
    const imported = file === register ? { module: file, default: commonJs(file) } : file
    return [name, { import: imported, require: commonJs(file) }]
  })
  // For TypeScript with moduleResolution "node10", which does not read `exports`.
  const older = both.filter(([name, files]) => name !== '.' && files.require)
  const typesOf = (files) => files.require.replace(/cjs$/, 'd.cts')
  const added = {
    main: commonJs(manifest.exports['.']),
    types: typesOf({ require: commonJs(manifest.exports['.']) }),
    exports: Object.fromEntries(both),
    typesVersions: { '*': Object.fromEntries(older.map(([name, files]) => [name.slice(2), [typesOf(files)]])) },
    bin: Object.fromEntries(Object.entries(manifest.bin).map(([name, file]) => [name, commonJs(file)])),
    sideEffects: manifest.sideEffects.flatMap((file) => {
      return file.startsWith('./dist/cli/') ? [commonJs(file)] : [file, commonJs(file)]
    }),
  }
  const published = Object.entries(manifest).filter(([field]) => !forDevelopment.includes(field))
  return { ...Object.fromEntries(published), ...added }
}

/** Whether the folder was made after everything that goes into it. */
export function isStaged() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const made = statSync(join(root, stagedFolder, 'package.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const isOlder = (path) => statSync(join(root, path)).mtimeMs < made
  const below = ['dist', 'docs'].flatMap((folder) => filesBelow(folder).map((file) => join(folder, file)))
  const scripts = ['stage-package', 'public-types', 'bundle-dashboard', 'bundle-register'].map(
    (name) => `scripts/${name}.mjs`,
  )
  return ['package.json', ...documentsOf(manifest), ...scripts, ...below].every(isOlder)
}

function commonJs(file) {
  return file.replace(/\.js$/, '.cjs')
}

/** What is published besides built files: paths of files and folders. */
function documentsOf({ files }) {
  return ['README.md', 'LICENSE', ...files.filter((path) => path !== 'dist')]
}

/** The files that users, shells and threads start with, by their place below dist. */
function inputOf(files) {
  return Object.fromEntries(
    files.map((file) => [relative('dist', file).replaceAll('\\', '/').replace(/\.js$/, ''), join(root, file)]),
  )
}

/** Where a build of that format goes. People read the files and stack traces: names stay what they are. */
function outputIn(dir, format, chunkFolder = () => 'chunks') {
  const end = format === 'es' ? 'js' : 'cjs'
  return {
    dir,
    format,
    entryFileNames: `[name].${end}`,
    chunkFileNames: ({ moduleIds }) => `${chunkFolder(moduleIds)}/[name].${end}`,
    minifyInternalExports: false,
    hoistTransitiveImports: false,
    // Nobody changes what it exports.
    exports: 'named',
    externalLiveBindings: false,
  }
}

function isCommand(file) {
  return dirname(file) === join(root, 'dist', 'cli', 'commands')
}

const urlOfFile = "require('node:url').pathToFileURL(__filename).href"
/** rollup's own stand-in for `import.meta.url` takes the page of a browser where tests imitate one, as Jest's jsdom does. */
const fileUrl = {
  name: 'file-url',
  resolveImportMeta: (property, { format }) => {
    return format === 'cjs' && property === 'url' ? urlOfFile : null
  },
  // Else a process would make a URL of the path, and a path of the URL.
  renderChunk: (code) => code.replaceAll(`node_url.fileURLToPath(${urlOfFile})`, '__filename'),
}

async function build({ plugins = [], allowed, ...options }, output) {
  // Here, because this file is read before packages are installed.
  const { rollup } = await import('rollup')
  const built = await rollup({
    ...options,
    plugins: [...plugins, fileUrl, ascii],
    onwarn: ({ code, message }) => {
      if (code !== allowed) throw new Error(`${code}: ${message}`)
    },
  })
  await built.write(output)
  await built.close()
}

async function bundle(input, dir, format) {
  let chunkOf
  const manualChunks = (id, { getModuleInfo }) => {
    chunkOf ??= chunks(startsOf(Object.values(input), getModuleInfo), getModuleInfo)
    return chunkOf(id)
  }
  const output = outputIn(dir, format)
  const paths = { [publishOfPlimsoll]: output.entryFileNames.replace('[name]', './index') }
  const external = [/^node:/, 'zeromq', '@opentelemetry/api', publishOfPlimsoll]
  await build({ input, external, plugins: [fromPlimsoll] }, { ...output, manualChunks, paths })
}

/** A path, so that it is relative to the file that imports it. */
const publishOfPlimsoll = join(root, 'dist', 'publish of plimsoll')
/** Has what other entries load take `publish` from `plimsoll`: what two entries import goes to a chunk of its own. */
const publishers = [registered, './dist/compat/publish-default.js'].map((file) => join(root, file))
const fromPlimsoll = {
  name: 'from-plimsoll',
  resolveId: (source, importer) =>
    /^(?:[.]{1,2}[/])+publish[.]js$/.test(source) && publishers.includes(importer)
      ? { id: publishOfPlimsoll, external: true }
      : null,
}

/**
 * The command, apart from what apps import: each of its files has only what commands use, and each command loads only files
 * that it needs, so that a health check takes little longer than Node itself. CommonJS, as Node starts it sooner.
 */
async function bundleCommand(files, dir) {
  const output = outputIn(dir, 'cjs', (files) => (files.some(isCommand) ? 'cli/commands' : 'cli'))
  await build(
    {
      input: inputOf(files),
      external: [/^node:/, 'zeromq', '@opentelemetry/api'],
      // What is not used of Node is not loaded.
      treeshake: { moduleSideEffects: 'no-external' },
    },
    output,
  )
}

/** Text that is all ASCII takes V8 half the memory and three quarters of the time. */
const ascii = {
  name: 'ascii',
  renderChunk: (code) => {
    const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    return code.replace(/[^\0-\x7f]/g, escaped)
  },
}

/**
 * plimsoll/register is one file, which loads all else when it publishes: what NODE_OPTIONS brings it into is mostly no app. As
 * CommonJS, its entry only requires that file: Node searches CommonJS that is imported for the names of what it exports.
 * With `require` all is loaded at once, as there is no `await` outside functions.
 */
async function bundleAlone(file, rest, dir, format) {
  const late = join(root, rest)
  const atOnce = {
    name: 'at-once',
    transform: (code) => code.replace(/\bawait (?=import\()/, ''),
    renderDynamicImport: () => ({ left: 'require(', right: ')' }),
  }
  const output = outputIn(dir, format)
  const path = output.entryFileNames.replace('[name]', rest.replace(/^\.\/dist\/(.*)\.js$/, './$1'))
  const paths = { [late]: path }
  const options = { input: inputOf([file]), external: [/^node:/, late] }
  if (format === 'es') return build(options, { ...output, paths })
  await build({ ...options, plugins: [atOnce, compacted] }, { ...output, paths, entryFileNames: '[name]-start.cjs' })
  writeFileSync(join(dir, 'register.cjs'), "'use strict'\nrequire('./register-start.cjs')\n")
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
  const folderOf = (id) => {
    const [first] = relative(join(root, 'dist'), id).split(/[\\/]/, 1)
    return chunkOfFile[first] ?? (first.endsWith('.js') ? '' : first)
  }
  const foldersOfPlimsoll = new Set([...byPlimsoll].map(folderOf))
  return (id) => {
    const folder = folderOf(id)
    if (folder === '' || !isShared(id)) return undefined
    return byPlimsoll.has(id) || !foldersOfPlimsoll.has(folder) ? folder : `${folder}-rest`
  }
}

/** The entries, and what is loaded when it is used: each command. */
function startsOf(entries, getModuleInfo, found = new Set()) {
  for (const entry of entries) {
    if (found.has(entry)) continue
    found.add(entry)
    const late = [...reachedFrom(entry, getModuleInfo)].flatMap((id) => getModuleInfo(id).dynamicallyImportedIds)
    startsOf(
      late.filter((id) => !getModuleInfo(id).isExternal),
      getModuleInfo,
      found,
    )
  }
  return [...found]
}

function reachedFrom(id, getModuleInfo, found = new Set()) {
  if (found.has(id)) return found
  found.add(id)
  for (const imported of getModuleInfo(id).importedIds)
    if (!getModuleInfo(imported).isExternal) reachedFrom(imported, getModuleInfo, found)
  return found
}
