import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether a command can be used here: its path, or one line that says why not. */
export type Command = { readonly path: string } | { readonly missing: string }

/**
 * A command that a test needs from outside the project, installed from its Debian package where that is allowed: as root
 * on a Debian-like system, unless `PLIMSOLL_TEST_INSTALL=0` asks to leave the machine as it is.
 * With `CI=true` a command that cannot be had is an error; elsewhere the test skips with the reason.
 */
export function needsPackage(name: string, command: string): Command {
  return needs(name, command, () => which(command))
}

/** The same for a module of Python: the path of a Python that has it. */
export function needsPythonModule(name: string, module: string): Command {
  const imports = (python: string) => spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0
  return needs(name, module, () => programs('python3').find(imports))
}

function needs(name: string, wanted: string, find: () => string | undefined): Command {
  let found = find()
  if (found === undefined && mayInstall()) {
    install(name)
    found = find()
  }
  if (found !== undefined) return { path: found }
  const missing = `${wanted} is not installed; apt-get install ${name}, or run as root on Debian`
  if (process.env.CI === 'true') throw new Error(missing)
  return { missing }
}

function mayInstall(): boolean {
  const asked = process.env.PLIMSOLL_TEST_INSTALL !== '0'
  return asked && process.getuid?.() === 0 && existsSync('/etc/debian_version') && which('apt-get') !== undefined
}

function install(name: string): void {
  // In run level 1 a package's own service is not started.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const run = (...args: string[]): boolean => {
    return (
      spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], { env, stdio: 'ignore' }).status === 0
    )
  }
  const wanted = ['install', '-y', '--no-install-recommends', name]
  if (run(...wanted)) return
  run('update')
  run(...wanted)
}

function which(command: string): string | undefined {
  return programs(command)[0]
}

/** All of that name, as a shell would search for them. */
function programs(command: string): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, command)).filter(isProgram)
}

function isProgram(path: string): boolean {
  try {
    const stats = statSync(path)
    return stats.isFile() && (stats.mode & 0o111) !== 0
  } catch {
    // Not there, or in a folder of somebody else's.
    return false
  }
}
