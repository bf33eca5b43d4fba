import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'

/** What an editor offers at `|`, of what is not on every object. */
function offered(code: string): string[] {
  const file = resolve(join('test', 'editor.ts'))
  const text = `import { counter, state } from 'plimsoll'\n${code}`
  const at = text.indexOf('|')
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile('tsconfig.base.json', ts.sys.readFile).config,
    ts.sys,
    '.',
  )
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const content = name === file ? text.replace('|', '') : ts.sys.readFile(name)
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
    },
    getCurrentDirectory: ts.sys.getCurrentDirectory,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
  })
  return service.getCompletionsAtPosition(file, at, {})?.entries.map(({ name }) => name) ?? []
}

test('An editor offers labels among the options of a metric that has none yet.', () => {
  assert.deepEqual(offered("counter('sent', { | })"), [
    'exemplars',
    'expireAfter',
    'help',
    'labels',
    'seriesLimit',
    'unit',
  ])
  assert.deepEqual(offered('counter({ | })'), ['exemplars', 'expireAfter', 'help', 'labels', 'seriesLimit', 'unit'])
  assert(offered("state('mode', { states: ['up', 'down'], | })").includes('labels'))
})

test('It offers the labels of a family, and the states there are.', () => {
  assert.deepEqual(offered("counter('sent', { labels: ['method', 'route'] }).labels({ method: 'GET', | })"), ['route'])
  assert.deepEqual(offered("state('mode', { states: ['up', 'down'] }).set('|')"), ['up', 'down'])
})
