import { emptyFolder, freePort, type Program, startProgram } from './program.ts'

export interface Pushgateway extends Program {
  readonly origin: string
  /** The text that Prometheus would scrape, without the metrics of the gateway itself. */
  metrics(): Promise<string>
  /** The labels of all groups. */
  groups(): Promise<Record<string, string>[]>
}

export async function startPushgateway(command: string): Promise<Pushgateway> {
  const folder = emptyFolder('pushgateway')
  const port = await freePort()
  const program = await startProgram(command, [`--web.listen-address=127.0.0.1:${port}`], { folder, ready: port })
  const origin = `http://127.0.0.1:${port}`
  return {
    ...program,
    origin,
    async metrics() {
      const text = await (await fetch(`${origin}/metrics`)).text()
      return text.replace(/^(?:# (?:HELP|TYPE) )?(?:go|process|pushgateway)_.*\n/gm, '')
    },
    async groups() {
      const answer = await fetch(`${origin}/api/v1/metrics`)
      const { data } = (await answer.json()) as { data: { labels: Record<string, string> }[] }
      return data.map(({ labels }) => labels)
    },
  }
}
