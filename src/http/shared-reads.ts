/**
 * One read for all who ask before it ends. It begins once the requests that are there have been taken in, so those that came
 * while the last read held the event loop up share one.
 */
export function sharedReads<T>(read: () => T | Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined
  const take = async (): Promise<T> => {
    await new Promise((resolve) => setImmediate(resolve))
    return read()
  }
  return () => {
    pending ??= take().finally(() => {
      pending = undefined
    })
    return pending
  }
}
