import { resolve } from 'node:path'
import ts from 'typescript'

/** What an editor offers at `|` in a file of that folder, of what is not on every object. */
export function offered(code: string, folder = 'test'): string[] {
  const file = resolve(folder, 'editor.ts')
  const text = `import { counter, gauge, state } from 'plimsoll'\n${code}`
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
