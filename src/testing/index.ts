export { ManualClock } from './manual-clock.ts'
export type { TestPage, TestPageOptions } from './test-page.ts'
export { createTestRegistry, type TestRegistry } from './test-registry.ts'
