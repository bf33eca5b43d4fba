import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { emptyFolder, freePort, type Program, startProgram } from './program.ts'

/** What a carbon-cache has stored. */
export interface Carbon extends Program {
  readonly port: number
  readonly picklePort: number
  /** All paths, in order. */
  paths(): string[]
  /** The values of a path by second, exact; none where there is no such file. */
  values(path: string): Map<number, number>
  /** The file in which carbon keeps a path. */
  readonly folder: string
}

export interface CarbonPorts {
  readonly port: number
  readonly picklePort: number
  readonly folder: string
}

export async function carbonPorts(): Promise<CarbonPorts> {
  return { folder: emptyFolder('carbon'), port: await freePort(), picklePort: await freePort() }
}

/** Starts carbon-cache, which listens for lines (TCP and UDP) and pickle. In a folder that was used before it goes on with it. */
export async function startCarbon(command: string, ports?: CarbonPorts): Promise<Carbon> {
  const { folder, port, picklePort } = ports ?? (await carbonPorts())
  const queryPort = await freePort()
  const whisper = join(folder, 'whisper')
  writeFileSync(
    join(folder, 'carbon.conf'),
    `[cache]
STORAGE_DIR = ${folder}
CONF_DIR = ${folder}
LOG_DIR = ${folder}
PID_DIR = ${folder}
LOCAL_DATA_DIR = ${whisper}
USER =
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${port}
ENABLE_UDP_LISTENER = True
UDP_RECEIVER_INTERFACE = 127.0.0.1
UDP_RECEIVER_PORT = ${port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${picklePort}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${queryPort}
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
ENABLE_TAGS = False
CARBON_METRIC_INTERVAL = 0
WHISPER_SPARSE_CREATE = True
`,
  )
  writeFileSync(join(folder, 'storage-schemas.conf'), '[all]\npattern = .*\nretentions = 1s:10m\n')
  writeFileSync(
    join(folder, 'storage-aggregation.conf'),
    '[all]\npattern = .*\nxFilesFactor = 0\naggregationMethod = last\n',
  )
  const args = [`--config=${join(folder, 'carbon.conf')}`, `--pidfile=${join(folder, 'pid')}`, `--logdir=${folder}`]
  const program = await startProgram(command, [...args, '--nodaemon', 'start'], {
    folder,
    ready: port,
    keepsFolder: ports !== undefined,
  })
  return {
    ...program,
    folder,
    port,
    picklePort,
    paths: () =>
      (existsSync(whisper) ? readdirSync(whisper, { recursive: true, encoding: 'utf8' }) : [])
        .filter((file) => file.endsWith('.wsp'))
        .map((file) => file.slice(0, -'.wsp'.length).replaceAll(sep, '.'))
        .sort(),
    values: (path) => readWhisper(join(whisper, `${path.replaceAll('.', sep)}.wsp`)),
  }
}

/** The points of the first archive of a whisper file (https://graphite.readthedocs.io/en/latest/whisper.html). */
function readWhisper(file: string): Map<number, number> {
  if (!existsSync(file)) return new Map()
  const bytes = readFileSync(file)
  // It is being made.
  if (bytes.length < 28) return new Map()
  const [offset, , points] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes.readUInt32BE(24)]
  const values = new Map<number, number>()
  for (let at = offset; at < offset + 12 * points && at + 12 <= bytes.length; at += 12) {
    const second = bytes.readUInt32BE(at)
    if (second > 0) values.set(second, bytes.readDoubleBE(at + 4))
  }
  return values
}
