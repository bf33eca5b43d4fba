export type { AccessOptions, Allow } from '../os/access.ts'
export { type StatusHandler, type StatusHandlerOptions, statusHandler } from './handler.ts'
export { type ServeStatusOptions, type StatusServer, serveStatus } from './serve-status.ts'
