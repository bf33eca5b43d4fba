import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatPrometheus } from 'plimsoll/formats'
import { textfile } from 'plimsoll/sinks'
import { needsPackage } from '../support/debian.ts'
import { everyMeasure } from '../support/measures.ts'
import { parseExposition } from '../support/prometheus-parser.ts'
import { deliver, family, oddValues, snapshotAt } from './deliveries.ts'
import { emptyFolder, freePort, startProgram } from './receivers/program.ts'

const command = needsPackage('prometheus-node-exporter', 'prometheus-node-exporter')

test('node_exporter reads each version of the text file, without an error', {
  skip: 'missing' in command && command.missing,
}, async (t) => {
  const folder = emptyFolder('node-exporter')
  const port = await freePort()
  const args = [
    '--collector.disable-defaults',
    '--collector.textfile',
    `--collector.textfile.directory=${folder}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const exporter = await startProgram((command as { path: string }).path, args, { folder, ready: port })
  t.after(() => exporter.stop())
  /** Its text, without its own metrics. */
  const scrape = async (): Promise<string> => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    assert.match(text, /^node_textfile_scrape_error 0$/m)
    return text.replace(/^(?:# (?:HELP|TYPE) )?(?:go|process|promhttp|node)_.*\n/gm, '')
  }
  const linesOf = (text: string): string[] =>
    parseExposition(text, 'prometheus')
      .flatMap(({ samples }) => samples)
      .map(({ name, labels, value }) => {
        // It spells bounds in its own way, and leaves empty labels out.
        const pairs = Object.entries(labels)
          .filter(([, each]) => each !== '')
          .map(([label, each]) => [label, label === 'le' && each !== '+Inf' ? Number(each) : each])
        return JSON.stringify([name, pairs.sort(), value])
      })
      .sort()
  const sink = textfile(`textfile://${join(folder, 'shop.prom')}`)
  const odd = snapshotAt(
    5,
    family(
      'counter',
      'odd',
      oddValues.map((value, i) => [{ odd: value }, i] as const),
    ),
  )
  for (const snapshot of [everyMeasure, odd, snapshotAt(6)]) {
    assert.equal((await deliver(sink, snapshot)).error, undefined)
    assert.deepEqual(linesOf(await scrape()), linesOf(formatPrometheus(snapshot)))
  }
})
