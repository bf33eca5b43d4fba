import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder, freePort, type Program, startProgram } from './program.ts'

/** What collectd has written. */
export interface Collectd extends Program {
  readonly port: number
  /** The last value of each series: `gauge-web.busy`, `derive-web.requests`. */
  read(): Map<string, number>
}

/** Starts collectd with its StatsD plugin, which writes once a second. */
export async function startCollectd(command: string): Promise<Collectd> {
  const folder = emptyFolder('collectd')
  const port = await freePort()
  const data = join(folder, 'csv')
  writeFileSync(
    join(folder, 'collectd.conf'),
    `BaseDir "${folder}"
PIDFile "${folder}/pid"
PluginDir "/usr/lib/collectd"
TypesDB "/usr/share/collectd/types.db"
Interval 1
FQDNLookup false
Hostname "host"
LoadPlugin csv
<Plugin csv>
  DataDir "${data}"
</Plugin>
LoadPlugin statsd
<Plugin statsd>
  Host "127.0.0.1"
  Port "${port}"
</Plugin>
`,
  )
  const args = ['-f', '-C', join(folder, 'collectd.conf')]
  const program = await startProgram(command, args, { folder, ready: 'Initialization complete' })
  return {
    ...program,
    port,
    read() {
      const written = join(data, 'host', 'statsd')
      const files = existsSync(written) ? readdirSync(written).sort() : []
      return new Map(files.map((file) => [seriesOf(file), lastValue(join(written, file))]))
    },
  }
}

/** Without the date at the end. */
function seriesOf(file: string): string {
  return file.replace(/-\d{4}-\d\d-\d\d$/, '')
}

function lastValue(file: string): number {
  return Number(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)?.split(',')[1])
}
