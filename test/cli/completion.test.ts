import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { main } from '../support/command.ts'
import { needsPackage } from '../support/debian.ts'
import { plimsoll, newFolder as temporaryFolder } from './processes.ts'

/** Ends with a command that would be run by a shell that evaluates names. */
const hostile = ['$(touch owned)', '`touch owned`', 'x;touch owned', "'x", '-rf', 'a b']

/** A home with the command on the PATH, and pages of two apps beside files whose names no app of ours has given. */
function home(t: TestContext) {
  const folder = temporaryFolder(t)
  const pages = join(folder, 'pages')
  mkdirSync(pages, { mode: 0o700 })
  for (const app of ['shop', 'shop-admin', ...hostile]) writeFileSync(join(pages, `${app}-4711-0-0123abcd.page`), '')
  writeFileSync(join(folder, 'plimsoll'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
  chmodSync(join(folder, 'plimsoll'), 0o755)
  writeFileSync(join(folder, 'a file.page'), '')
  const env = {
    PATH: `${folder}:${process.env.PATH}`,
    HOME: folder,
    PLIMSOLL_DIR: pages,
    TERM: 'xterm',
    LC_ALL: 'C.UTF-8',
  }
  const sh = (command: string, ...args: string[]): string[] =>
    execFileSync(command, args, { cwd: folder, env, encoding: 'utf8' }).split('\n').filter(Boolean)
  t.after(() => assert.ok(!existsSync(join(folder, 'owned')), 'a name was run as a command'))
  return { folder, sh }
}

const scripts = new Map<string, string>()
before(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) scripts.set(shell, (await plimsoll('completion', shell)).stdout)
})

test('bash completes commands, options, apps and files, and runs no name of an app', (t) => {
  const { folder, sh } = home(t)
  writeFileSync(join(folder, 'script'), scripts.get('bash') ?? '')
  const offered = (...words: string[]): string[] => {
    const quoted = ['plimsoll', ...words].map((word) => `'${word}'`).join(' ')
    const line = `. ./script; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _plimsoll`
    return sh('bash', '--norc', '-c', `${line}; ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"; :`)
  }
  assert.deepEqual(offered('sh'), ['show'])
  assert.deepEqual(offered('show', '--pro'), ['--prometheus'])
  assert.deepEqual(offered('show', ''), ['shop', 'shop-admin'])
  assert.deepEqual(offered('show', '--by', ''), ['worker'])
  assert.deepEqual(offered('show', '--dir', 'pa'), ['pages'])
  assert.deepEqual(offered('clean', 'a'), ['a file.page'])
  assert.deepEqual(offered('help', 'res'), ['reset'])
  assert.deepEqual(offered('show', '$(touch owned)'), [])
})

const fish = needsPackage('fish', 'fish')
test('fish does too', 'path' in fish ? {} : { skip: fish.missing }, (t) => {
  const { folder, sh } = home(t)
  writeFileSync(join(folder, 'script'), scripts.get('fish') ?? '')
  const offered = (line: string): string[] =>
    sh('fish', '--no-config', '-c', 'source ./script; complete -C $argv', line).map((each) => each.split('\t')[0] ?? '')
  assert.deepEqual(offered('plimsoll sh'), ['show'])
  assert.deepEqual(offered('plimsoll show --pro'), ['--prometheus'])
  assert.deepEqual(offered('plimsoll show sho'), ['shop', 'shop-admin'])
  assert.deepEqual(offered('plimsoll show --by '), ['worker'])
  assert.deepEqual(offered('plimsoll clean a'), ['a file.page'])
})

const zsh = needsPackage('zsh', 'zsh')
test('zsh does too', 'path' in zsh ? {} : { skip: zsh.missing }, (t) => {
  const { folder, sh } = home(t)
  writeFileSync(join(folder, '_plimsoll'), scripts.get('zsh') ?? '')
  // A shell inside a terminal of zsh's own, where the line, a Tab and a key that shows the line are typed.
  writeFileSync(
    join(folder, 'type'),
    `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($PWD \\$fpath); PS1=; autoload -U compinit; compinit -u -D; LISTMAX=0; setopt no_beep"
zpty -w shell 'show-line() { print -r -- "<<$BUFFER>>" ; }; zle -N show-line; bindkey "^X" show-line; print ready''-now'
while zpty -r shell line; do [[ $line == *ready-now* ]] && break; done
for typed in "$@"; do
  zpty -w -n shell "$typed"$'\\t'$'\\x18'
  while zpty -r shell line; do [[ $line == *'<<'*'>>'* ]] && break; done
  print -r -- "\${\${line#*<<}%>>*}"
  zpty -w -n shell $'\\x15'
done
zpty -d shell`,
  )
  const lines = [
    'plimsoll sho',
    'plimsoll show --pro',
    'plimsoll show shop-',
    'plimsoll show --by w',
    'plimsoll clean a',
  ]
  assert.deepEqual(
    sh('zsh', '-f', 'type', ...lines).map((line) => line.trimEnd()),
    [
      'plimsoll show',
      'plimsoll show --prometheus',
      'plimsoll show shop-admin',
      'plimsoll show --by worker',
      'plimsoll clean a\\ file.page',
    ],
  )
})

test('names of apps are offered as data, and only where no shell can take them for more', async (t) => {
  const { sh } = home(t)
  assert.deepEqual(sh('plimsoll', 'completion', '--apps'), ['shop', 'shop-admin'])
  assert.match((await plimsoll('completion', 'tcsh')).stderr, /bash, zsh, fish/)
})
