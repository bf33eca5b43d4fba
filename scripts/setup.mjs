/**
 * What has to be there before anything of plimsoll runs: the installed packages and the built files.
 * Plain Node without packages, because it runs on a fresh clone.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importBuilt } from './fixtures.mjs'

/** The compiler in native code, with a tenth of the CPU time of the one that is a library. */
const compiler = ['typescript-7', 'tsc']

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A command that ended with another code than 0; `output` is all that it wrote. */
export class CommandFailed extends Error {
  constructor(command, code, output) {
    super(`${output}\n${command} ended with ${code}`)
    this.output = output
  }
}

/** Runs a program in the project's folder; resolves with what it wrote, rejects with CommandFailed. */
export function run(program, args, { show = false } = {}) {
  return new Promise((resolve, reject) => {
    // On Windows npm is a .cmd file, which only a shell can start.
    const shell = process.platform === 'win32' && program === 'npm'
    const output = show ? 'inherit' : 'pipe'
    const env = show ? process.env : { ...process.env, NO_COLOR: '1' }
    const child = spawn(program, args, { cwd: root, env, shell, stdio: ['ignore', output, output] })
    let written = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (written += text))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(written)
      else reject(new CommandFailed([program, ...args].join(' '), code ?? signal, written))
    })
  })
}

/** Runs the command of an installed package with the Node that runs this. */
export function runTool(packageName, command, args, options) {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return run(process.execPath, [join(folder, typeof bin === 'string' ? bin : bin[command]), ...args], options)
}

/**
 * Whether node_modules holds what package-lock.json asks for. The lock files are compared by content:
 * their times say nothing after a checkout or a copy.
 */
export function isInstalled() {
  const installedLock = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedLock)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const there = installed[path]
    // Optional packages for other platforms stay away.
    if (there === undefined) return entry.optional === true || entry.devOptional === true
    // What the registry lacked when the lock file was written is locked by its version alone.
    return there.version === entry.version && there.integrity === (entry.integrity ?? there.integrity)
  })
}

/**
 * Installs the locked versions, without install scripts: zeromq and Biome bring prebuilt binaries.
 * Not `npm ci`: it takes all packages away first, also from what runs with them just now.
 */
export function install() {
  return run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'])
}

/** Compiles src into dist, and bundles what runs in browsers. */
export async function buildSource() {
  removeStale('dist', 'src')
  forgetWhenIncomplete('build/src.tsbuildinfo', 'dist', 'src')
  forgetWhenIncomplete('build/browser.tsbuildinfo', 'dist/dashboard/browser', 'src/dashboard/browser')
  await runTool(...compiler, ['-b', 'tsconfig.src.json'])
  const { bundleDashboard } = await import('./bundle-dashboard.mjs')
  await bundleDashboard()
}

/** Type-checks and compiles tests, benchmarks and examples into build. */
export function buildTests() {
  for (const folder of ['test', 'bench', 'examples', 'scripts']) {
    removeStale(`build/${folder}`, folder)
    forgetWhenIncomplete('build/test.tsbuildinfo', `build/${folder}`, folder)
  }
  importBuilt()
  return runTool(...compiler, ['-p', 'tsconfig.test.json'])
}

/**
 * Makes a clone ready to run: installs when the packages are missing or differ from the lock file, then builds src.
 * Says what it does on stderr, unless `quiet`.
 */
export async function setUp({ quiet = false } = {}) {
  const say = (text) => quiet || process.stderr.write(`${text}\n`)
  if (!isInstalled()) {
    say('Installing packages …')
    await install()
  }
  say('Building …')
  await buildSource()
}

/** The files below a folder, as paths from that folder with `/`; none when there is no such folder. */
export function filesBelow(folder) {
  const top = join(root, folder)
  if (!existsSync(top)) return []
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(top, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'))
    .sort()
}

/** Deletes compiled files whose source is gone, so that they are neither run nor packed. */
function removeStale(outFolder, sourceFolder) {
  for (const file of filesBelow(outFolder)) {
    const compiled = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(file)
    if (compiled && !existsSync(join(root, sourceFolder, `${compiled[1]}.ts`))) rmSync(join(root, outFolder, file))
  }
}

/** tsc trusts its build info and would not write a file again that somebody deleted. */
function forgetWhenIncomplete(buildInfo, outFolder, sourceFolder) {
  const out = new Set(filesBelow(outFolder))
  const sources = filesBelow(sourceFolder).filter((file) => /(?<!\.d)\.ts$/.test(file))
  if (sources.some((file) => !out.has(file.replace(/\.ts$/, '.js')))) rmSync(join(root, buildInfo), { force: true })
}
