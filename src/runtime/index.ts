export { type HttpOptions, observeHttp } from './http/observe-http.ts'
export { setRoute } from './http/route.ts'
export type { RuntimeOptions, RuntimePart } from './options.ts'
export { observeRuntime } from './start.ts'
