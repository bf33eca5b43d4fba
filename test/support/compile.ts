import ts from 'typescript'

/** Compiles examples of documents beside themselves, as strictly as the sources; returns what the compiler reports. */
export function compile(files: readonly string[]): string[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile('tsconfig.base.json', ts.sys.readFile).config,
    ts.sys,
    '.',
  )
  const program = ts.createProgram([...files], {
    ...options,
    composite: false,
    declaration: false,
    isolatedDeclarations: false,
  })
  const { diagnostics } = program.emit()
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, messageText }) => {
    return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

/** What an example says that it prints: the comments behind its calls of console.log. */
export function printedBy(code: string): string[] {
  return [...code.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map(([, expected]) => expected as string)
}
