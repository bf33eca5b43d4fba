import { mainScript } from './main-script.ts'

/**
 * Loads a package that is never part of a bundle, since it has binaries: from where this file is, else from where the main
 * script is. In a bundle the URL of this file may be the one that it had where the bundle was made.
 */
export function requirePackage(name: string): unknown {
  try {
    // Bundlers to CommonJS leave no URL, but a file name.
    return requireFrom(import.meta.url ?? __filename)(name)
  } catch (cause) {
    const script = mainScript()
    if (script === undefined) throw cause
    return requireFrom(script)(name)
  }
}

/** Got this way, as webpack would follow an imported createRequire, and fail at the binaries. */
function requireFrom(place: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(place)
}
