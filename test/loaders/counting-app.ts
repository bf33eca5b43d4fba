// An app that counts, publishes and reads itself, for bundlers to bundle.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../launchers/apps.ts'

/** Prints what it reads of itself, and the codes of warnings. */
export const countingApp = `import { counter, publish } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { formatPrometheus } from 'plimsoll/formats'
counter('jobs').add(3)
const warnings = []
publish({ app: 'shop', dir: process.argv[2], onWarning: ({ code }) => warnings.push(code) })
const text = formatPrometheus(fleet('shop', { dir: process.argv[2] }).read())
console.log(/^jobs_total \\d+$/m.exec(text)?.[0], warnings.join())
`

/** The same for those who need CommonJS. */
export const requiringApp: string = countingApp.replaceAll(/^import (.*) from (.*)$/gm, 'const $1 = require($2)')

/**
 * Runs bundles in `out` where the packages that they were made from are gone: beside the binaries of koffi they map their
 * page, and without them they write it, as they say.
 */
export function checkElsewhere(app: string, ...programs: readonly string[]): void {
  const elsewhere = join(app, '..', 'elsewhere')
  renameSync(join(app, 'node_modules'), join(app, 'packages'))
  cpSync(join(app, 'out'), elsewhere, { recursive: true })
  const check = (warnings: string) => {
    for (const program of programs) {
      const dir = mkdtempSync(join(elsewhere, 'pages-'))
      const { stdout } = run(process.execPath, [program, dir], { cwd: elsewhere })
      assert.equal(stdout, `jobs_total 3 ${warnings}\n`, program)
    }
  }
  check('PLIMSOLL_PAGE_WRITTEN')
  cpSync(join('node_modules', '@koromix'), join(elsewhere, 'node_modules', '@koromix'), { recursive: true })
  check('')
}
