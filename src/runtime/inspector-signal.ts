import type { Registry } from '../metrics/registry/registry.ts'

/** Whether SIGUSR1 opens the inspector of a process. */
export const inspectorSignal = 'nodejs.inspector.signal'

/**
 * Shows whether SIGUSR1 is still Node's own: `plimsoll profile` and `plimsoll stack` send it only then. Once the app has
 * listened to it, it never is again: without a listener, it ends the process. Set in the instant in which a listener is
 * added, also where the event loop is blocked after that.
 */
export function observeInspectorSignal(registry: Registry): () => void {
  const isFree = registry.gauge(inspectorSignal, {
    help: 'Whether SIGUSR1 opens the inspector for plimsoll profile and stack; false where the app listens to it',
    type: 'bool',
  })
  const note = (event: string | symbol): void => {
    if (event === 'SIGUSR1') isFree.set(0)
  }
  isFree.set(process.listenerCount('SIGUSR1') === 0 ? 1 : 0)
  process.on('newListener', note)
  return () => {
    process.off('newListener', note)
    isFree.set(0)
  }
}
