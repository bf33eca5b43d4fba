import { resolve } from 'node:path'
import ts from 'typescript'

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile('tsconfig.base.json', ts.sys.readFile).config,
  ts.sys,
  '.',
)
/** The text of the one file that is open; each text is a version of its own. */
let open = { file: '', text: '', version: 0 }

/** One for all calls: it parses the libraries once, which takes most of the time. `types` of Node are not needed here. */
const service = ts.createLanguageService({
  getScriptFileNames: () => [open.file],
  getScriptVersion: (name) => (name === open.file ? String(open.version) : '0'),
  getScriptSnapshot: (name) => {
    const content = name === open.file ? open.text : ts.sys.readFile(name)
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
  },
  getCurrentDirectory: ts.sys.getCurrentDirectory,
  getCompilationSettings: () => ({ ...options, types: [] }),
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  directoryExists: ts.sys.directoryExists,
})

/** The names that an editor offers at `|` in a file of that folder, except those that every object has. */
export function offered(code: string, folder = 'test'): string[] {
  const file = resolve(folder, 'editor.ts')
  const text = `import { counter, gauge, state } from 'plimsoll'; import { template } from 'plimsoll/objects'\n${code}`
  open = { file, text: text.replace('|', ''), version: open.version + 1 }
  return service.getCompletionsAtPosition(file, text.indexOf('|'), {})?.entries.map(({ name }) => name) ?? []
}
