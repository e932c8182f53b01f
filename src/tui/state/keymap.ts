/** What a key can do while no line of input is open. */
export type Verb =
  | 'previous'
  | 'next'
  | 'open'
  | 'back'
  | 'page_up'
  | 'page_down'
  | 'top'
  | 'follow'
  | 'show_in_pager'
  | 'show_in_editor'
  | 'fold'
  | 'fold_all'
  | 'next_error'
  | 'previous_error'
  | 'next_call'
  | 'previous_call'
  | 'delegated'
  | 'parent'
  | 'next_match'
  | 'previous_match'
  | 'filter'
  | 'search'
  | 'replay'
  | 'pin'
  | 'next_pane'
  | 'previous_pane'
  | 'cancel'
  | 'retry'
  | 'add'
  | 'why'
  | 'help'
  | 'quit'
  | 'redraw'
  | 'suspend'

interface Binding {
  readonly verb: Verb
  /** Names as `key-names.ts` gives them. */
  readonly keys: readonly string[]
  /** How the help screen writes the keys, and what it says about them. */
  readonly shown: string
  readonly help: string
  /** The same in two short words for the footer; null where only the help screen tells. */
  readonly footer: readonly [keys: string, word: string] | null
}

/** The one table of keys: it drives the keyboard, the footer and the help screen. */
export const bindings: readonly Binding[] = [
  {
    verb: 'previous',
    keys: ['up', 'k'],
    shown: '↑ k',
    help: 'the task above; in an open transcript, the entry above',
    footer: null,
  },
  {
    verb: 'next',
    keys: ['down', 'j'],
    shown: '↓ j',
    help: 'the task below; in an open transcript, the entry below',
    footer: ['↑↓', 'task'],
  },
  {
    verb: 'open',
    keys: ['return', 'right', 'l'],
    shown: '⏎ → l',
    help: 'go into the transcript, entry by entry; there, the whole of an entry',
    footer: ['⏎', 'open'],
  },
  {
    verb: 'back',
    keys: ['escape', 'left', 'h'],
    shown: 'esc ← h',
    help: 'back to the list; clear a search or a filter',
    footer: ['esc', 'list'],
  },
  {
    verb: 'page_up',
    keys: ['page_up', 'ctrl+u', 'ctrl+b'],
    shown: 'PgUp ^u',
    help: 'scroll the transcript up',
    footer: null,
  },
  {
    verb: 'page_down',
    keys: ['page_down', 'ctrl+d', 'ctrl+f'],
    shown: 'PgDn ^d',
    help: 'scroll the transcript down',
    footer: ['PgUp/PgDn', 'scroll'],
  },
  {
    verb: 'top',
    keys: ['g', 'home'],
    shown: 'g Home',
    help: 'to the beginning of the transcript',
    footer: null,
  },
  {
    verb: 'follow',
    keys: ['G', 'end'],
    shown: 'G End',
    help: 'to its end, and follow what comes',
    footer: ['G', 'follow'],
  },
  {
    verb: 'fold',
    keys: ['space'],
    shown: 'space',
    help: 'unfold or fold results: all, or in an open transcript this one',
    footer: ['space', 'fold'],
  },
  {
    verb: 'show_in_pager',
    keys: ['o'],
    shown: 'o',
    help: 'the whole entry in $PAGER',
    footer: ['o', '$PAGER'],
  },
  { verb: 'show_in_editor', keys: ['v'], shown: 'v', help: 'the whole entry in $EDITOR', footer: null },
  {
    verb: 'fold_all',
    keys: ['z'],
    shown: 'z',
    help: 'unfold or fold all results',
    footer: null,
  },
  {
    verb: 'next_error',
    keys: ['e'],
    shown: 'e',
    help: 'the next error; after the last, the first',
    footer: ['e', 'error'],
  },
  { verb: 'previous_error', keys: ['E'], shown: 'E', help: 'the error before', footer: null },
  {
    verb: 'next_call',
    keys: ['t'],
    shown: 't',
    help: 'the next tool call; after the last, the first',
    footer: ['t', 'tool call'],
  },
  { verb: 'previous_call', keys: ['T'], shown: 'T', help: 'the tool call before', footer: null },
  {
    verb: 'delegated',
    keys: ['d'],
    shown: 'd',
    help: 'to the task that this call has delegated; outside a transcript, to the one delegated last',
    footer: ['d', 'delegated'],
  },
  {
    verb: 'parent',
    keys: ['D'],
    shown: 'D',
    help: 'back to the task that has delegated this one',
    footer: ['D', 'caller'],
  },
  {
    verb: 'filter',
    keys: ['f'],
    shown: 'f',
    help: 'show or hide thoughts, calls, results …, or all but errors; esc clears',
    footer: ['f', 'filter'],
  },
  {
    verb: 'search',
    keys: ['/'],
    shown: '/',
    help: 'list only the tasks with these words; in an open transcript, find words in it; tab changes between the two',
    footer: ['/', 'search'],
  },
  {
    verb: 'replay',
    keys: ['R'],
    shown: 'R',
    help: 'replay the task from its first event; q comes back',
    footer: ['R', 'replay'],
  },
  {
    verb: 'pin',
    keys: ['p', '|'],
    shown: 'p |',
    help: 'keep this transcript on the screen beside the next one, up to four; again: let it go',
    footer: ['p', 'pin'],
  },
  {
    verb: 'next_pane',
    keys: ['tab'],
    shown: 'Tab',
    help: 'to the next of several transcripts',
    footer: ['Tab', 'pane'],
  },
  {
    verb: 'previous_pane',
    keys: ['shift+tab'],
    shown: '⇧Tab',
    help: 'to the transcript before',
    footer: null,
  },
  {
    verb: 'next_match',
    keys: ['n'],
    shown: 'n',
    help: 'the next place that was found',
    footer: ['n/N', 'next'],
  },
  { verb: 'previous_match', keys: ['N'], shown: 'N', help: 'the place before', footer: null },
  { verb: 'cancel', keys: ['c'], shown: 'c', help: 'cancel the task (asks first)', footer: ['c', 'cancel'] },
  { verb: 'retry', keys: ['r'], shown: 'r', help: 'run a finished task afresh', footer: ['r', 'retry'] },
  { verb: 'add', keys: ['a'], shown: 'a', help: 'queue a new task', footer: ['a', 'add'] },
  { verb: 'why', keys: ['w'], shown: 'w', help: 'why the task is not running', footer: ['w', 'why'] },
  { verb: 'help', keys: ['?'], shown: '?', help: 'this page', footer: ['?', 'help'] },
  { verb: 'redraw', keys: ['ctrl+l'], shown: '^l', help: 'draw the screen anew', footer: null },
  {
    verb: 'suspend',
    keys: ['ctrl+z'],
    shown: '^z',
    help: 'back to the shell for a while; fg returns',
    footer: null,
  },
  {
    verb: 'quit',
    keys: ['q', 'ctrl+c'],
    shown: 'q ^c',
    help: 'leave; the daemon and its tasks go on',
    footer: ['q', 'quit'],
  },
]

const verbs = new Map(bindings.flatMap(({ verb, keys }) => keys.map((key) => [key, verb] as const)))

export const verbOf = (key: string): Verb | null => verbs.get(key) ?? null
