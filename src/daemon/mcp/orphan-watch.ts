import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Writable } from 'node:stream'

/**
 * Keeps servers from outliving a daemon that is killed: a shell, the smallest process there is, that reads which
 * process groups there are and ends them where the daemon goes away without a word. Most servers end by themselves
 * when their stdin closes, and have a second to do so.
 */
export class OrphanWatch {
  readonly #groups = new Set<number>()
  #shell: ChildProcessByStdio<Writable, null, null> | undefined

  add(groupId: number): void {
    this.#groups.add(groupId)
    if (this.#shell === undefined) {
      const shell = startShell()
      this.#shell = shell
      const forget = (): void => {
        if (this.#shell === shell) this.#shell = undefined
      }
      shell.once('error', forget)
      shell.once('exit', forget)
      for (const group of this.#groups) this.#tell(`+ ${group}`)
    } else {
      this.#tell(`+ ${groupId}`)
    }
  }

  delete(groupId: number): void {
    if (!this.#groups.delete(groupId)) return
    this.#tell(`- ${groupId}`)
    if (this.#groups.size > 0) return
    this.#shell?.stdin.end()
    this.#shell = undefined
  }

  #tell(line: string): void {
    this.#shell?.stdin.write(`${line}\n`)
  }
}

const script = `
trap '' HUP INT TERM
groups=
while read -r verb group; do
  if [ "$verb" = + ]; then groups="$groups $group"; continue; fi
  rest=
  for known in $groups; do [ "$known" = "$group" ] || rest="$rest $known"; done
  groups=$rest
done
[ -n "$groups" ] || exit 0
sleep 1
for group in $groups; do kill -TERM "-$group"; done 2>/dev/null
sleep 2
for group in $groups; do kill -KILL "-$group"; done 2>/dev/null
`

const startShell = (): ChildProcessByStdio<Writable, null, null> => {
  // Not through execa: nothing is to be known of it.
  const shell = spawn('/bin/sh', ['-c', script], {
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.stdin.on('error', () => {})
  shell.unref()
  return shell
}
