import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emptyFolder, freePort, type Program, startProgram } from './program.ts'

/** What the statsd of Etsy has counted. */
export interface StatsdServer extends Program {
  readonly port: number
  readonly tcpPort: number
  /** Path of its Unix socket. */
  readonly path: string
  /** Packets that the kernel has dropped, as the server was too busy to take them. */
  dropped(): number
  read<T = number>(what: 'counters' | 'gauges' | 'timers'): Promise<Record<string, T>>
}

/** Starts it for UDP, TCP and a Unix stream. It never flushes, so it counts for ever. */
export async function startStatsd(port?: number): Promise<StatsdServer> {
  const folder = emptyFolder('statsd')
  const udpPort = port ?? (await freePort())
  const [tcpPort, managementPort] = [await freePort(), await freePort()]
  const path = join(folder, 'socket')
  const address = '127.0.0.1'
  const servers = [
    { server: './servers/udp', address, port: udpPort },
    { server: './servers/tcp', address, port: tcpPort },
    { server: './servers/tcp', socket: path },
  ]
  const config = { servers, mgmt_address: address, mgmt_port: managementPort, backends: [], flushInterval: 3_600_000 }
  const file = join(folder, 'config.js')
  writeFileSync(file, JSON.stringify(config))
  // It calls a function that Node 24 has no more.
  const log = join(folder, 'log.cjs')
  writeFileSync(log, "require('node:util').log ??= console.log")
  const home = dirname(fileURLToPath(import.meta.resolve('statsd/package.json')))
  const program = await startProgram(process.execPath, ['--require', log, join(home, 'stats.js'), file], {
    folder,
    ready: managementPort,
  })
  return {
    ...program,
    port: udpPort,
    tcpPort,
    path,
    dropped() {
      const local = `0100007F:${udpPort.toString(16).toUpperCase().padStart(4, '0')}`
      const lines = readFileSync('/proc/net/udp', 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
      return Number(lines.find(([, address, remote]) => address === local && remote?.startsWith('00000000'))?.at(-1))
    },
    async read(what) {
      const socket = connect(managementPort, address)
      socket.setEncoding('utf8').write(what)
      let answer = ''
      for await (const part of socket) {
        answer += part
        if (answer.endsWith('END\n\n')) break
      }
      // It prints an object as Node shows it.
      return new Function(`return (${answer.slice(0, -'END\n\n'.length)})`)()
    },
  }
}
