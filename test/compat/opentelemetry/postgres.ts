import { execFileSync } from 'node:child_process'
import { chownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder, freePort, type Program, startProgram } from '../../sinks/receivers/program.ts'
import { needsPackage } from '../../support/debian.ts'

/** The programs of the newest PostgreSQL that Debian has installed, which are in no folder of `PATH`; or why there is none. */
export function postgresPrograms(): { readonly folder: string } | { readonly missing: string } {
  const found = needsPackage('postgresql', 'pg_lsclusters')
  if ('missing' in found) return found
  const root = '/usr/lib/postgresql'
  const newest = readdirSync(root).sort((a, b) => Number(b) - Number(a))[0] as string
  return { folder: join(root, newest, 'bin') }
}

/** Starts a server on 127.0.0.1 with a database `postgres`, which trusts everyone; as the user of the package, as it refuses root. */
export async function startPostgres(programs: string): Promise<Program & { readonly port: number }> {
  const folder = emptyFolder('postgres')
  const idOf = (option: string): number => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }))
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = ['--auth=trust', '--username=postgres', '--no-sync', '--no-locale', '--encoding=UTF8']
  execFileSync(join(programs, 'initdb'), ['-D', data, ...options], { cwd: folder, stdio: 'pipe', ...user })
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'fsync=off']
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const ready = 'ready to accept connections'
  const program = await startProgram(join(programs, 'postgres'), args, { folder, ready, ...(user && { user }) })
  return { ...program, port }
}
