import { afterEach, beforeEach } from 'node:test'
import { DiagLogLevel, diag } from '@opentelemetry/api'

/** What was reported to `diag` of OpenTelemetry since the test began. */
export function collectDiagnostics(): string[] {
  const reported: string[] = []
  const note = (...parts: unknown[]): void => void reported.push(parts.join(' '))
  beforeEach(() => {
    reported.length = 0
    const logger = { error: note, warn: note, info: () => {}, debug: () => {}, verbose: () => {} }
    diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  })
  afterEach(() => diag.disable())
  return reported
}
