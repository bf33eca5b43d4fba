import type { Command, NamedCommand } from '../command.ts'
import type { Completed, Option } from '../option.ts'

/**
 * Scripts that complete command lines, for each shell. Words that are in no script, the names of apps, are never evaluated:
 * they reach the shells as data, without `compgen -W` and `eval`, which would run a hostile one.
 */
export const scripts: Readonly<Record<'bash' | 'zsh' | 'fish', (commands: readonly NamedCommand[]) => string>> = {
  bash,
  zsh,
  fish,
}

const askForApps = 'command plimsoll completion --apps 2>/dev/null'

function flagsOf({ options }: Command): string[] {
  const own = Object.entries(options).flatMap(([long, { short }]) => [`--${long}`, ...(short ? [`-${short}`] : [])])
  return [...own, '--help']
}

function valueOptions({ options }: Command): [string, Option][] {
  return Object.entries(options).filter(([, { value }]) => value !== undefined)
}

/** What introduces the option on a command line: `--dir`, or `-d` as well. */
function formsOf(long: string, { short }: Option): string[] {
  return [`--${long}`, ...(short === undefined ? [] : [`-${short}`])]
}

function bash(commands: readonly NamedCommand[]): string {
  const fill = (what: Completed | undefined): string => {
    if (what === 'file') return '_plimsoll_files -f'
    if (what === 'directory') return '_plimsoll_files -d'
    if (what === 'app') return '_plimsoll_apps'
    return what === undefined ? ':' : `_plimsoll_words ${what.join(' ')}`
  }
  const cases = commands.map((command) => {
    const values = valueOptions(command).map(
      ([long, option]) => `        ${formsOf(long, option).join('|')}) ${fill(option.complete)}; return ;;`,
    )
    return `    ${command.name})
      case $previous in
${[...values, '        *) ;;'].join('\n')}
      esac
      case $current in
        -*) _plimsoll_words ${flagsOf(command).join(' ')} ;;
        *) ${fill(command.complete)} ;;
      esac ;;`
  })
  return `# Completion of plimsoll for bash: eval "$(plimsoll completion bash)"
_plimsoll_words() {
  local word
  for word in "$@"; do
    if [[ $word == "$current"* ]]; then COMPREPLY+=("$word"); fi
  done
}
_plimsoll_apps() {
  local word
  while IFS= read -r word; do _plimsoll_words "$word"; done < <(${askForApps})
}
_plimsoll_files() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$current")
}
_plimsoll() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    _plimsoll_words ${commands.map(({ name }) => name).join(' ')} help --help --version
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    help) _plimsoll_words ${commands.map(({ name }) => name).join(' ')} ;;
  esac
}
complete -F _plimsoll plimsoll
`
}

function zsh(commands: readonly NamedCommand[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
  const fill = (what: Completed | undefined): string => {
    if (what === 'file') return '_files'
    if (what === 'directory') return '_files -/'
    if (what === 'app') return `compadd -- "\${(@f)$(${askForApps})}"`
    return what === undefined ? ':' : `compadd -- ${what.map(quoted).join(' ')}`
  }
  const described = (name: string, text: string): string => quoted(`${name}:${text}`)
  const cases = commands.map((command) => {
    const values = valueOptions(command).map(
      ([long, option]) => `        ${formsOf(long, option).join('|')}) ${fill(option.complete)}; return ;;`,
    )
    const options = Object.entries(command.options).map(([long, { help }]) => described(`--${long}`, help))
    return `    ${command.name})
      case $previous in
${[...values, '        *) ;;'].join('\n')}
      esac
      if [[ $current == -* ]]; then
        described=(${[...options, described('--help', 'describe the command')].join(' ')})
        _describe -o option described
      else
        ${fill(command.complete)}
      fi ;;`
  })
  return `#compdef plimsoll
# Completion of plimsoll for zsh: eval "$(plimsoll completion zsh)"
_plimsoll() {
  local current=\${words[CURRENT]} previous=\${words[CURRENT-1]}
  local -a described
  if (( CURRENT == 2 )); then
    described=(${commands.map(({ name, summary }) => described(name, summary)).join(' ')})
    _describe command described
    return
  fi
  case \${words[2]} in
${cases.join('\n')}
    help) compadd -- ${commands.map(({ name }) => name).join(' ')} ;;
  esac
}
if [[ $funcstack[1] == _plimsoll ]]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`
}

function fish(commands: readonly NamedCommand[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const fill = (what: Completed | undefined): string => {
    if (what === 'file') return '-r -F'
    if (what === 'directory') return "-x -a '(__fish_complete_directories)'"
    if (what === 'app') return `-f -a '(${askForApps})'`
    return what === undefined ? '-x' : `-x -a ${quoted(what.join(' '))}`
  }
  const lines = commands.flatMap((command) => {
    const inside = `complete -c plimsoll -n '__fish_seen_subcommand_from ${command.name}'`
    const words = command.complete === 'file' ? '-F' : command.complete === undefined ? '-f' : fill(command.complete)
    const options = Object.entries(command.options).map(([long, { short, value, help, complete }]) => {
      const forms = short === undefined ? `-l ${long}` : `-s ${short} -l ${long}`
      return `${inside} ${forms}${value === undefined ? '' : ` ${fill(complete)}`} -d ${quoted(help)}`
    })
    return [
      `complete -c plimsoll -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
      `${inside} ${words}`,
      ...options,
    ]
  })
  return `# Completion of plimsoll for fish: plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish
${lines.join('\n')}
`
}
