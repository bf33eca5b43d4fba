import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'

test('what a handler of warnings throws or rejects with is dropped', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-warnings-'))
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const codes: string[] = []
  const handlers = [
    ({ code }: { code: string }): void => {
      codes.push(code)
      throw new Error('thrown by the handler')
    },
    async ({ code }: { code: string }): Promise<void> => {
      codes.push(code)
      throw new Error('rejected by the handler')
    },
  ]
  // The test runner fails a test during which a rejection is not handled.
  for (const onWarning of handlers) {
    publish({ registry: new Registry(), dir: file, onWarning }).close()
    fleet('shop', { dir: file, onWarning }).compact()
    await turn()
  }
  const once = ['PLIMSOLL_DIRECTORY_REFUSED', 'PLIMSOLL_ARCHIVE_NOT_WRITTEN']
  assert.deepEqual(codes, [...once, ...once])
})
