import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../../', import.meta.url)

function madeAt(path: string): number {
  return statSync(new URL(path, root), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/**
 * The command as it is published, which starts in half the processor time because it is few files. As built, where the source was
 * compiled since, as when one test is run by hand.
 */
export const main: string = fileURLToPath(
  new URL(
    madeAt('build/package/package.json') > madeAt('build/src.tsbuildinfo')
      ? 'build/package/dist/cli/main.cjs'
      : 'dist/cli/main.js',
    root,
  ),
)

/** plimsoll/register of the copy that programs in `fixtures/` import: see scripts/fixtures.mjs. */
export const register: string = new URL(
  existsSync(new URL('build/test/cli/fixtures/package.json', root))
    ? 'build/package/dist/register.cjs'
    : 'dist/register.js',
  root,
).href
