import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { reasonOf } from '../errors.ts'
import { DirectoryFleet } from '../fleet/directory-fleet.ts'
import type { FleetParts } from '../fleet/fleet-types.ts'
import { mergeSnapshots } from '../snapshot/merge/merge.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'
import type { ThreadAnswer, ThreadData } from './serve-status.ts'
import { Status } from './status.ts'

/** Clients that send or take nothing for so long are dropped. */
const timeouts = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
}
const idleMs = 15_000
const maxConnections = 1000

function serve(parent: MessagePort, { status: { dir, port, scope, app, ...given } }: ThreadData): void {
  const fleet = new DirectoryFleet(app, dir, {})
  const source = scope === 'app' ? fleet : new ProcessSource(fleet)
  const status = new Status(source, { ...given, allow: 'loopback', title: app })
  const server = createServer(timeouts, (request, response) => void status.answer(request, response))
  server.timeout = idleMs
  server.maxConnections = maxConnections
  const answer = (said: ThreadAnswer): void => parent.postMessage(said)
  server.on('error', (error) => answer({ failure: reasonOf(error) }))
  server.listen(port, '127.0.0.1', () => {
    answer({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
    // What it cannot read now, the first request reports.
    status.warmUp().catch(() => {})
  })
}

/** The pages of this process. */
class ProcessSource implements Source {
  readonly #fleet: DirectoryFleet

  constructor(fleet: DirectoryFleet) {
    this.#fleet = fleet
  }

  get failures(): DirectoryFleet['failures'] {
    return this.#fleet.failures
  }

  read(): Snapshot {
    return mergeSnapshots(this.readParts().parts)
  }

  readParts(): Pick<FleetParts, 'parts'> {
    const host = hostname()
    const own = ({ pages: [page] }: Snapshot): boolean =>
      page?.pid === process.pid && page.host === host && page.state !== 'archived'
    return { parts: this.#fleet.readParts().parts.filter(own) }
  }
}

// Only a thread that was started with the options of a status server is one.
if (parentPort !== null && workerData?.status !== undefined) serve(parentPort, workerData)
