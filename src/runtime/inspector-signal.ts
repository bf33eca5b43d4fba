import type { Cluster } from 'node:cluster'
import type { Registry } from '../metrics/registry/registry.ts'

/** Whether SIGUSR1 opens the inspector of a process. */
export const inspectorSignal = 'nodejs.inspector.signal'

/**
 * Shows whether SIGUSR1 is still Node's own: `plimsoll profile` and `plimsoll stack` send it only then. Once the app has
 * listened to it, it never is again: without a listener, it ends the process. Set in the instant in which a listener is
 * added, also where the event loop is blocked after that. Nor is it free in the primary of a cluster: Node passes it on to all
 * workers, whose inspectors nobody would close.
 */
export function observeInspectorSignal(registry: Registry): () => void {
  const isFree = registry.gauge(inspectorSignal, {
    help: 'Whether SIGUSR1 opens the inspector for plimsoll profile and stack; false where the app listens to it, or is the primary of a cluster',
    type: 'bool',
  })
  const note = (event: string | symbol): void => {
    if (event === 'SIGUSR1' || (event === 'internalMessage' && isPrimary())) isFree.set(0)
  }
  const isPassedOn = process.listenerCount('internalMessage') > 0 && isPrimary()
  isFree.set(process.listenerCount('SIGUSR1') === 0 && !isPassedOn ? 1 : 0)
  process.on('newListener', note)
  return () => {
    process.off('newListener', note)
    isFree.set(0)
  }
}

/**
 * Whether this process has workers, or is about to: `cluster` listens to that event from then on. Other processes with a
 * channel to their parent do so as well, from their start.
 */
function isPrimary(): boolean {
  const { isPrimary, settings } = process.getBuiltinModule('node:cluster') as unknown as Cluster
  return isPrimary && Object.keys(settings).length > 0
}
