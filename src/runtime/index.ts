export type { RuntimeOptions, RuntimePart } from './options.ts'
export { observeRuntime } from './start.ts'
