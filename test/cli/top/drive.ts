import { Screen } from '#src/cli/screen/screen.ts'
import { TopApp, type TopOptions } from '#src/cli/top/top-app.ts'
import { FakePages } from './fake-pages.ts'

/** `plimsoll top` with pages, time and keys of a test. */
export interface Driver {
  readonly app: TopApp
  readonly source: FakePages
  /** So many seconds pass. */
  pass(seconds: number): void
  /** Types keys, by name or as they are. */
  type(...keys: string[]): void
  lines(columns?: number, rows?: number): string[]
  text(columns?: number, rows?: number): string
}

/** Starts it. */
export function drive(read: FakePages['read'], options: Partial<TopOptions> = {}): Driver {
  const source = new FakePages(read)
  const nothing = (): void => {}
  const app = new TopApp(source, {
    empty: () => 'nobody publishes',
    takeStack: () => Promise.resolve('parse() cart.js:12'),
    onQuit: nothing,
    onRedraw: nothing,
    ...options,
  })
  const lines = (columns = 120, rows = 24): string[] => app.drawOn(new Screen(columns, rows)).lines()
  return {
    app,
    source,
    pass: (seconds) => {
      for (let i = 0; i < seconds; i++) app.advance()
    },
    type: (...keys) => {
      for (const key of keys) {
        app.input({ key })
        lines()
      }
    },
    lines,
    text: (columns, rows) => lines(columns, rows).join('\n'),
  }
}
