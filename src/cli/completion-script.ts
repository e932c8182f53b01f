import type { Command } from 'commander'

export const shells = ['bash', 'zsh', 'fish'] as const
export type ShellName = (typeof shells)[number]

/** A script for a shell, made from the tree of commands, so that it cannot disagree with it. */
export const completionScript = (program: Command, shell: ShellName): string => {
  const places = placesOf(program, '')
  switch (shell) {
    case 'bash':
      return bash(places)
    case 'zsh':
      return zsh(places)
    case 'fish':
      return fish(places)
    default:
      return shell satisfies never
  }
}

interface Candidate {
  readonly word: string
  readonly description: string
}

/** What may follow the words of a command: ` agent tasks` -> add, list, … */
interface Place {
  readonly path: string
  readonly candidates: readonly Candidate[]
}

const placesOf = (command: Command, path: string): Place[] => {
  const candidates = [
    ...command.commands.map((child) => ({ word: child.name(), description: child.description() })),
    ...command.registeredArguments.flatMap(({ argChoices = [] }) =>
      argChoices.map((word) => ({ word, description: '' })),
    ),
    ...command.options.flatMap(({ long, description, hidden }) =>
      long && !hidden ? [{ word: long, description }] : [],
    ),
  ]
  return [
    { path, candidates },
    ...command.commands.flatMap((child) => placesOf(child, `${path} ${child.name()}`)),
  ]
}

/** Paths of commands as patterns of `case`. */
const patterns = (places: readonly Place[]): string =>
  places.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join('|')

const bash = (places: readonly Place[]): string => `_sparky() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" place='' word candidates=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$place $word" in
      ${patterns(places)}) place="$place $word" ;;
    esac
  done
  case "$place" in
${places.map(({ path, candidates }) => `    '${path}') candidates='${candidates.map(({ word }) => word).join(' ')}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$cur"))
}
complete -o default -F _sparky sparky
`

const zsh = (places: readonly Place[]): string => `#compdef sparky
_sparky() {
  local place='' word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place $word" in
      ${patterns(places)}) place="$place $word" ;;
    esac
  done
  case "$place" in
${places.map(({ path, candidates }) => `    '${path}') candidates=(${candidates.map(zshWord).join(' ')}) ;;`).join('\n')}
  esac
  _describe 'sparky' candidates || _files
}
compdef _sparky sparky
`

const zshWord = ({ word, description }: Candidate): string =>
  quoted(`${word.replaceAll(':', '\\:')}:${description}`, `'\\''`)

const fish = (places: readonly Place[]): string => `function __sparky_place
    set -l place ''
    for word in (commandline -opc)[2..-1]
        switch "$place $word"
            case ${patterns(places).replaceAll('|', ' ')}
                set place "$place $word"
        end
    end
    echo -n $place
end
function __sparky_at
    test "$(__sparky_place)" = "$argv[1]"
end
${places.flatMap(({ path, candidates }) => candidates.map((candidate) => fishLine(path, candidate))).join('\n')}
`

const fishLine = (path: string, { word, description }: Candidate): string => {
  const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`
  return `complete -c sparky -n '__sparky_at "${path}"' ${what} -d ${quoted(description, `\\'`)}`
}

const quoted = (text: string, quote: string): string => `'${text.replaceAll("'", quote)}'`
