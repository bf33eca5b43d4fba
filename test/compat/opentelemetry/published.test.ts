import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import { newApp, run } from '../../launchers/apps.ts'

const lines = {
  provider: `import { MeterProvider } from 'plimsoll/opentelemetry'
new MeterProvider().getMeter('shop').createCounter('orders').add(3)
`,
  publish: `import { publish } from 'plimsoll'
publish({ app: 'checkout' })
`,
}

for (const [title, text, settings, apps] of [
  ['The provider alone has the process published.', lines.provider, {}, ['shop']],
  ['The options of the app’s own publish() hold.', lines.provider + lines.publish, {}, ['checkout']],
  ['PLIMSOLL_DISABLED=1 keeps metrics on the heap.', lines.provider, { PLIMSOLL_DISABLED: '1' }, []],
] as const) {
  test(title, (t) => {
    const { cwd, dir, env } = newApp(t, { 'package.json': { name: 'shop' }, 'app.mjs': text })
    const api = join('node_modules', '@opentelemetry', 'api')
    cpSync(api, join(cwd, api), { recursive: true })
    const { stderr } = run(process.execPath, ['app.mjs'], { cwd, env: { ...env, ...settings } })
    const pages = listPages(dir).map((file) => readPage(file))
    assert.deepEqual([stderr, pages.flatMap((page) => page.pages.map(({ app }) => app))], ['', apps])
    for (const { families } of pages) {
      const [orders] = families.find(({ name }) => name === 'orders')?.series ?? []
      assert.equal(orders !== undefined && 'value' in orders && orders.value, 3)
    }
  })
}
