import type { Worker } from 'node:cluster'
import { hostname } from 'node:os'
import { isMainThread, threadId } from 'node:worker_threads'
import { containerId } from '../../os/container.ts'
import { appOf } from '../../os/launched-script.ts'
import { mainScript } from '../../os/main-script.ts'
import { isLabelName } from '../../snapshot/names.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import { version } from '../../version.ts'
import type { WriterLine } from '../log.ts'

/** Of the names of apps, hosts and workers, so many characters count. */
export const maxNameLength = 100
/** In bytes of JSON, so that all that is said of a writer fits the header. */
const maxLabelsBytes = 800
/** Labels that distinguish the processes of a fleet by default. */
const ownLabels = ['worker', 'pid', 'tid']

/**
 * The name under which a process publishes: `$PLIMSOLL_APP`, else the name in the package.json nearest to the main
 * script, or to the working directory where that script is below node_modules; else the name that PM2 has for it, else
 * the name of the script without its ending, else `node`. At most 100 characters.
 */
export function appName(): string {
  return (process.env.PLIMSOLL_APP || appOfMain()).slice(0, maxNameLength) || 'node'
}

let main: { readonly script: string | undefined; readonly app: string } | undefined

/** Kept, as it is read from files, and publishing asks for it several times. */
function appOfMain(): string {
  const script = mainScript()
  if (main === undefined || main.script !== script) main = { script, app: appOf(script) }
  return main.app
}

/** Who this thread is; `labels` as given to `publish`. */
export function writerLine(app: string, startedAt: number, labels: Labels = {}): WriterLine {
  const host = hostname().slice(0, maxNameLength)
  const container = containerId()
  return {
    pid: process.pid,
    tid: threadId,
    app: app.slice(0, maxNameLength),
    host,
    ...(container && { container }),
    startedAt,
    plimsoll: version,
    node: process.version,
    ...workerId(),
    ...(Object.keys(labels).length > 0 && { labels }),
  }
}

/** Whether these labels may stand in a page: what `publish` takes. */
export function areWriterLabels(labels: unknown): labels is Labels {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return false
  const good = Object.entries(labels).every(([name, value]) => {
    return isLabelName(name) && !ownLabels.includes(name) && typeof value === 'string'
  })
  return good && Buffer.byteLength(JSON.stringify(labels)) <= maxLabelsBytes
}

/** The id of a cluster worker; else the instance of an app that PM2 runs, which its threads and children share. */
function workerId(): { worker?: string } {
  const { NODE_APP_INSTANCE: instance, exec_mode: mode } = process.env
  // In its cluster mode PM2 is the primary: all of its apps share one sequence of ids, and a restart takes new ones.
  const ofPm2 = mode === 'cluster_mode' && instance
  const { worker } = clusterOf() ?? {}
  if (worker !== undefined && !ofPm2) return { worker: String(worker.id) }
  return instance ? { worker: instance.slice(0, maxNameLength) } : {}
}

/** The module, only in a child that may be a worker: there Node has loaded it, elsewhere that takes 5 ms. */
function clusterOf(): { readonly worker?: Worker } | undefined {
  if (!isMainThread || process.send === undefined) return undefined
  return process.getBuiltinModule('node:cluster') as unknown as { readonly worker?: Worker }
}
