import type { Verb } from './keymap.ts'

/** What the keys of a replay do. */
export type ReplayVerb =
  | 'play'
  | 'faster'
  | 'slower'
  | 'step_forward'
  | 'step_back'
  | 'next_tool'
  | 'previous_tool'
  | 'next_failure'
  | 'previous_failure'
  | 'to_start'
  | 'to_end'
  /** To so many tenths of the events. */
  | `to_${number}`

interface ReplayBinding {
  readonly verb: ReplayVerb
  readonly keys: readonly string[]
  /** How the help screen writes the keys, and what it says about them. */
  readonly shown: string
  readonly help: string
  /** The same in two short words for the footer; null where only the help screen tells. */
  readonly footer: readonly [keys: string, word: string] | null
}

/** Keys that mean something else, or something only, while a task is replayed. */
export const replayBindings: readonly ReplayBinding[] = [
  {
    verb: 'play',
    keys: ['space'],
    shown: 'space',
    help: 'play or pause; at the end, play again',
    footer: ['space', 'play'],
  },
  { verb: 'step_back', keys: ['left', ','], shown: '← ,', help: 'one event back', footer: ['←→', 'step'] },
  { verb: 'step_forward', keys: ['right', '.'], shown: '→ .', help: 'one event forward', footer: null },
  {
    verb: 'faster',
    keys: ['+', '='],
    shown: '+',
    help: 'faster: 1, 2, 5, 10, 20, 50 or 100 times',
    footer: ['+-', 'speed'],
  },
  { verb: 'slower', keys: ['-', '_'], shown: '-', help: 'slower', footer: null },
  { verb: 'next_tool', keys: ['t'], shown: 't', help: 'to the next tool call', footer: ['t', 'tool'] },
  { verb: 'previous_tool', keys: ['T'], shown: 'T', help: 'to the tool call before', footer: null },
  { verb: 'next_failure', keys: ['e'], shown: 'e', help: 'to the next error', footer: ['e', 'error'] },
  { verb: 'previous_failure', keys: ['E'], shown: 'E', help: 'to the error before', footer: null },
  { verb: 'to_start', keys: ['home', '0'], shown: 'Home 0', help: 'to its start', footer: null },
  { verb: 'to_end', keys: ['end'], shown: 'End', help: 'to its end', footer: null },
  {
    verb: 'to_1',
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    shown: '1 … 9',
    help: 'to that many tenths of its events',
    footer: ['0-9', 'seek'],
  },
]

const verbs = new Map(replayBindings.flatMap(({ verb, keys }) => keys.map((key) => [key, verb] as const)))

export const replayVerbOf = (key: string): ReplayVerb | null =>
  /^[1-9]$/.test(key) ? `to_${Number(key)}` : (verbs.get(key) ?? null)

/** Whether it changes something, asks how things are now, or needs more than one task. */
export const isOfTheLiveScreen = (verb: Verb): boolean => ofTheLiveScreen.has(verb)

const ofTheLiveScreen: ReadonlySet<Verb> = new Set([
  'cancel',
  'retry',
  'add',
  'why',
  'replay',
  'pin',
  'delegated',
  'parent',
  'next_pane',
  'previous_pane',
])
