import { join } from 'node:path'
import { emptyFolder, freePort, type Program, startProgram } from './program.ts'

/** What VictoriaMetrics has stored. */
export interface VictoriaMetrics extends Program {
  readonly origin: string
  readonly graphitePort: number
  /** The last value of each series, by its name and labels: `web_requests{route="/"}`. */
  read(): Promise<Map<string, number>>
}

export async function startVictoriaMetrics(command: string): Promise<VictoriaMetrics> {
  const folder = emptyFolder('victoria')
  const [port, graphitePort] = [await freePort(), await freePort()]
  const flags = { httpListenAddr: `127.0.0.1:${port}`, graphiteListenAddr: `127.0.0.1:${graphitePort}` }
  const others = { storageDataPath: join(folder, 'data'), 'search.latencyOffset': '0s', retentionPeriod: '1d' }
  const args = Object.entries({ ...flags, ...others }).map(([name, value]) => `-${name}=${value}`)
  const program = await startProgram(command, args, { folder, ready: port })
  const url = `http://127.0.0.1:${port}`
  return {
    ...program,
    origin: url,
    graphitePort,
    async read() {
      await fetch(`${url}/internal/force_flush`)
      const answer = await fetch(`${url}/api/v1/export?match[]={__name__!=""}`)
      const lines = (await answer.text())
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
      return new Map(lines.map((line) => entryOf(JSON.parse(line))))
    },
  }
}

function entryOf({ metric, values }: { metric: Record<string, string>; values: number[] }): [string, number] {
  const { __name__: name = '', ...labels } = metric
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return [pairs.length === 0 ? name : `${name}{${pairs.sort().join(',')}}`, values.at(-1) as number]
}
