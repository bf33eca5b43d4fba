import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder, freePort, type Program, startProgram } from './program.ts'

/** What netdata shows. */
export interface Netdata extends Program {
  readonly port: number
  /** The values of a chart, `statsd_web.requests_counter`, one a second; those that it does not have are left out. */
  read(chart: string): Promise<number[]>
}

/** Starts netdata with its StatsD server and nothing else. */
export async function startNetdata(command: string): Promise<Netdata> {
  const folder = emptyFolder('netdata')
  const [port, webPort] = [await freePort(), await freePort()]
  const paths = Object.fromEntries(['config', 'cache', 'lib', 'log'].map((name) => [name, join(folder, name)]))
  for (const path of Object.values(paths)) mkdirSync(path)
  const off = ['timex', 'proc', 'diskspace', 'cgroups', 'tc', 'idlejitter', 'apps', 'enable running new plugins']
  const config: Record<string, Record<string, string>> = {
    global: { 'run as user': 'root', hostname: 'host', 'update every': '1' },
    db: { mode: 'ram', retention: '120' },
    directories: { ...paths, home: folder, plugins: paths.config as string },
    logs: { debug: 'none', access: 'none', error: join(folder, 'error') },
    web: { 'bind to': `127.0.0.1:${webPort}`, 'web server threads': '1' },
    plugins: { ...Object.fromEntries(off.map((name) => [name, 'no'])), 'netdata monitoring': 'no', statsd: 'yes' },
    statsd: { 'bind to': `udp:127.0.0.1:${port} tcp:127.0.0.1:${port}`, 'update every (flushInterval)': '1' },
    health: { enabled: 'no' },
    ml: { enabled: 'no' },
  }
  const sections = Object.entries(config).map(([name, options]) => {
    return `[${name}]\n${Object.entries(options)
      .map(([option, value]) => `${option} = ${value}\n`)
      .join('')}`
  })
  const file = join(folder, 'netdata.conf')
  writeFileSync(file, sections.join(''))
  // No report on who uses it.
  writeFileSync(join(paths.config as string, '.opt-out-from-anonymous-statistics'), '')
  const args = ['-D', '-c', file, '-P', join(folder, 'pid')]
  const program = await startProgram(command, args, { folder, ready: port })
  return {
    ...program,
    port,
    async read(chart) {
      const answer = await fetch(`http://127.0.0.1:${webPort}/api/v1/data?chart=${chart}&after=-100`)
      if (!answer.ok) return []
      const { data } = (await answer.json()) as { readonly data: readonly (readonly (number | null)[])[] }
      return data.flatMap(([, value]) => (typeof value === 'number' ? [value] : []))
    },
  }
}
