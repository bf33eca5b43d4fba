import { hostname } from 'node:os'
import { containerId } from '../../os/container.ts'
import { hostName } from '../../snapshot/merge/hosts.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'

/**
 * What a process or thread is called where each stands for itself: `shop 4711`, `shop 4711/2` for thread 2; that of another
 * host, `shop web-1:4711`, as process ids are those of a host; that of a container whose host name says nothing, as it is
 * that of this process or of all containers of a pod, `shop web-1-4026532441:1`.
 */
export function workerName(page: PageInfo): string {
  return page.state === 'archived' ? `${page.app} archived` : `${page.app} ${processName(page)}`
}

/** The same without the app. */
export function processName(page: PageInfo): string {
  const { host, container = '', pid, tid } = page
  const isHere = host === ownHost && container === ownContainer
  const place = isHere ? '' : `${hostName(page, 'container')}:`
  return `${place}${pid}${tid === 0 ? '' : `/${tid}`}`
}

/** The same with the number of a cluster worker: `4711 #2`. */
export function numberedName(page: PageInfo): string {
  return `${processName(page)}${page.worker === undefined ? '' : ` #${page.worker}`}`
}

const ownHost: string = hostname()
const ownContainer: string = containerId()
