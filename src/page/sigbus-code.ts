// Machine code of the SIGBUS handler, assembled from scripts/sigbus/*.S. The head of each source says with which
// command; a test assembles them again and compares.
const codes: Readonly<Record<string, string>> = {
  x64: `
    706c696d736f6c6c2d73696762757331f30f1efa488d1de5ff00004989fc4989f54989d6837e080275654c8b4610488b4b18
    4c8d8b00010000498b41084939c0730b4d3b017206493b4108740b4983c11048ffc975e3eb37488b73084889f748f7df4c21
    c7ba0300000041ba3200000049c7c0ffffffff4531c9b8090000000f05483d00f0ffff7706f048ff4310c3488b43404883f8
    017214740b4c89e74c89ee4c89f2ffe041837d08007e4031c9515151504c89e74889e631d241ba08000000b80d0000000f05
    4883c420b8270000000f054889c7b8ba0000000f054889c64c89e24d89eab8290100000f05c3`,
}

/** The bytes of the handler for a processor architecture as `process.arch` names it; undefined where there is none. */
export function handlerCode(architecture: string): Buffer | undefined {
  const code = codes[architecture]
  return code === undefined ? undefined : Buffer.from(code.replace(/\s/g, ''), 'hex')
}
