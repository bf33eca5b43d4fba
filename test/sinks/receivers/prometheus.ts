import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder, freePort, type Program, startProgram, until } from './program.ts'

/** A value of a query: the labels of a series, and its number as text or its native histogram. */
export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>
  readonly value?: readonly [time: number, value: string]
  readonly histogram?: readonly [time: number, histogram: NativeResult]
}

export interface NativeResult {
  readonly count: string
  readonly sum: string
  /** How the bounds are open, lower bound, upper bound, count. */
  readonly buckets?: readonly (readonly [number, string, string, string])[]
}

export interface ExemplarResult {
  readonly seriesLabels: Readonly<Record<string, string>>
  readonly exemplars: readonly {
    readonly labels: Record<string, string>
    readonly value: string
    readonly timestamp: number
  }[]
}

export interface Prometheus extends Program {
  readonly origin: string
  /** An instant query, at a Unix time in seconds. */
  query(query: string, time: number): Promise<QueryResult[]>
  exemplars(query: string, from: number, to: number): Promise<ExemplarResult[]>
}

/** Starts Prometheus with its receiver of remote write, native histograms and exemplars, and nothing to scrape but `targets`. */
export async function startPrometheus(command: string, targets: readonly string[] = []): Promise<Prometheus> {
  const folder = emptyFolder('prometheus')
  const port = await freePort()
  const config = join(folder, 'prometheus.yml')
  const jobs = targets.map((target, i) => ({
    job_name: `target${i}`,
    scrape_interval: '1s',
    static_configs: [{ targets: [target] }],
  }))
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ storage: { exemplars: { max_exemplars: 1000 } }, scrape_configs: jobs }))
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
    '--enable-feature=native-histograms,exemplar-storage',
  ]
  const program = await startProgram(command, args, { folder, ready: port })
  const origin = `http://127.0.0.1:${port}`
  await until('Prometheus to be ready', async () => (await fetch(`${origin}/-/ready`)).ok || undefined)
  const ask = async <T>(path: string, parameters: Record<string, string>): Promise<T> => {
    const answer = await fetch(`${origin}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string }
    if (status !== 'success') throw new Error(error)
    return data
  }
  return {
    ...program,
    origin,
    async query(query, time) {
      return (await ask<{ result: QueryResult[] }>('query', { query, time: String(time) })).result
    },
    exemplars: (query, from, to) => ask('query_exemplars', { query, start: String(from), end: String(to) }),
  }
}
