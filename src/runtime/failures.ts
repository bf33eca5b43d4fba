import type { Registry } from '../metrics/registry/registry.ts'

/** Errors that nobody caught, and warnings, of this thread. Changes nothing of what Node does about them. */
export function observeFailures(registry: Registry): () => void {
  const exceptions = registry.counter('nodejs.uncaught_exceptions', {
    help: 'Errors that nobody caught, by how they came',
    labels: ['origin'],
    maxSeries: 10,
  })
  const warnings = registry.counter('nodejs.warnings', {
    help: 'Warnings of the process, by name',
    labels: ['name'],
    maxSeries: 50,
  })
  const labelled = exceptions.labels({ origin: 'uncaughtException' })
  const rejected = exceptions.labels({ origin: 'unhandledRejection' })
  const countException = (_: unknown, origin: string): void => {
    ;(origin === 'unhandledRejection' ? rejected : labelled).inc()
  }
  const countWarning = (warning: unknown): void => {
    try {
      warnings.labels({ name: String((warning as Error).name) }).inc()
    } catch {
      // Anything can be emitted as a warning.
    }
  }
  // First, as the next listener may end the process.
  process.prependListener('uncaughtExceptionMonitor', countException)
  process.on('warning', countWarning)
  return () => {
    process.off('uncaughtExceptionMonitor', countException)
    process.off('warning', countWarning)
  }
}
