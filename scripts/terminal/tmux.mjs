/** A terminal that can be typed into and read: tmux, with a server of its own and no settings of the user. */
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { run } from '../setup.mjs'

/** Opens bash in a terminal of this size. */
export async function openTerminal({ columns, rows, env, cwd }) {
  const server = `plimsoll-${process.pid}`
  const tmux = (...args) => run('tmux', ['-f', '/dev/null', '-L', server, ...args])
  // The shell reports each prompt, so that nothing has to wait for a time.
  const shell = {
    ...env,
    PROMPT_COMMAND: `tmux -L ${server} wait-for -S prompt`,
    PS1: '\\n\\[\\e[32m\\]$ \\[\\e[0;1m\\]',
    PS0: '\\[\\e[0m\\]',
  }
  const settings = Object.entries(shell).map(([name, value]) => `${name}=${value}`)
  const size = ['-x', String(columns), '-y', String(rows)]
  const bash = ['env', '-u', 'NO_COLOR', ...settings, 'bash', '--noprofile', '--norc']
  await tmux('new-session', '-d', ...size, '-c', cwd, ...bash)
  const prompt = () => tmux('wait-for', 'prompt')
  const capture = async () => (await tmux('capture-pane', '-e', '-p')).trimEnd().split('\n')
  await prompt()
  return {
    /** Types a command; resolves when the next prompt is there. */
    async type(command) {
      await tmux('send-keys', '-l', command)
      await tmux('send-keys', 'Enter')
      await prompt()
    },
    /** Presses keys, without waiting for anything. */
    press: (...keys) => tmux('send-keys', ...keys),
    /** Resolves with the lines of the screen once one of them fits. */
    async until(fits) {
      const late = AbortSignal.timeout(60_000)
      for (;;) {
        await delay(200, undefined, { signal: late })
        const lines = await capture()
        if (lines.some((line) => fits.test(stripVTControlCharacters(line)))) return lines
      }
    },
    /** The lines of the screen up to the last prompt, with escape sequences for colours. */
    async screen() {
      return (await capture()).join('\n').trim().split('\n').slice(0, -2)
    },
    close: () => tmux('kill-server'),
  }
}
