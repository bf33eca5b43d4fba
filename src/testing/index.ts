export { ManualClock } from './manual-clock.ts'
export { createTestRegistry, type TestRegistry } from './test-registry.ts'
