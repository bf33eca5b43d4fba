/** What Node calls to show an object on a console. */
const onConsole = Symbol.for('nodejs.util.inspect.custom')

/**
 * Lets `JSON.stringify` and `console.log` show the values of a metric, not its internals: these are circular, so an object
 * of the app that keeps its metrics could not be written as JSON, and thousands of cells would be printed for one number.
 */
export function showAs<T extends object>(
  Class: { readonly prototype: T; readonly name: string },
  data: (one: T) => unknown,
): void {
  const { name } = Class
  Object.defineProperties(Class.prototype, {
    toJSON: {
      value(this: T): unknown {
        return data(this)
      },
    },
    [onConsole]: {
      value(this: T, depth: number, options: object, inspect: (given: unknown, options: object) => string): string {
        return depth < 0 ? `[${name}]` : `${name} ${inspect(data(this), options)}`
      },
    },
  })
}
