import type { EventType } from '../../protocol/event.ts'
import type { Entry } from './entry.ts'

/** What a transcript shows: what the flags of `watch` said, changed by what the keys of the filter did since. */
export interface EntryFilter {
  /** Types that are shown; null for all but the quiet ones. */
  readonly only: ReadonlySet<string> | null
  readonly hide: ReadonlySet<string>
  /** Quiet types that are shown nevertheless. */
  readonly show?: ReadonlySet<string>
  readonly preset: Preset
}

type Preset = 'everything' | 'errors'

/** A kind of entries that one key shows or hides. */
export interface EntryKind {
  readonly key: string
  readonly word: string
  readonly types: readonly EventType[]
}

export const entryKinds: readonly EntryKind[] = [
  { key: 'm', word: 'messages', types: ['message'] },
  { key: 't', word: 'thoughts', types: ['thought'] },
  { key: 'c', word: 'calls', types: ['tool_use'] },
  { key: 'r', word: 'results', types: ['tool_result'] },
  {
    key: 's',
    word: 'status',
    types: [
      'status',
      'task_added',
      'task_updated',
      'approval_requested',
      'approval_resolved',
      'node_update',
      'tool_update',
      'search_results',
      'compaction',
      'lost',
    ],
  },
  { key: 'u', word: 'usage', types: ['usage'] },
  { key: 'p', word: 'progress', types: ['progress', 'workflow_status'] },
]

/** What stands above the transcript, or is told by its status: shown only if somebody asks for it. */
const quiet: ReadonlySet<string> = new Set(['usage', 'progress', 'workflow_status'])

export const isTypeShown = (type: string, { only, hide, show }: EntryFilter): boolean => {
  if (hide.has(type)) return false
  return only === null ? !quiet.has(type) || show?.has(type) === true : only.has(type)
}

export const isKindShown = ({ types }: EntryKind, filter: EntryFilter): boolean =>
  types.some((type) => isTypeShown(type, filter))

/** Shows a kind that is hidden, hides one that is shown. */
export const withKindToggled = (filter: EntryFilter, kind: EntryKind): EntryFilter => {
  const isShownNow = isKindShown(kind, filter)
  const { types } = kind
  const { only } = filter
  return {
    preset: 'everything',
    only: only === null ? null : isShownNow ? excluding(only, types) : including(only, types),
    hide: isShownNow && only === null ? including(filter.hide, types) : excluding(filter.hide, types),
    show: isShownNow ? excluding(filter.show, types) : including(filter.show, types),
  }
}

export const everything: EntryFilter = { only: null, hide: new Set(), preset: 'everything' }

/** What differs from what is shown without any filter, in words; empty where nothing does. */
export const filterWords = (filter: EntryFilter): string => {
  if (filter.preset === 'errors') return 'only errors'
  const shown = entryKinds.filter((kind) => isKindShown(kind, filter))
  const loud = entryKinds.filter(({ types }) => types.some((type) => !quiet.has(type)))
  const hidden = loud.filter((kind) => !shown.includes(kind))
  const added = shown.filter((kind) => !loud.includes(kind))
  const words = (kinds: readonly EntryKind[]): string => kinds.map(({ word }) => word).join(', ')
  if (shown.length === 0) return filter.only === null ? 'everything hidden' : 'filtered'
  if (shown.length < hidden.length) return `only ${words(shown)}`
  const changes = [
    hidden.length > 0 ? `no ${words(hidden)}` : '',
    added.length > 0 ? `with ${words(added)}` : '',
  ]
  const told = changes.filter((text) => text !== '').join(', ')
  return told === '' && (filter.only !== null || filter.hide.size > 0) && !isPlain(filter) ? 'filtered' : told
}

export const isShown = (entry: Entry, filter: EntryFilter): boolean => {
  if (filter.preset === 'errors' && !isError(entry)) return false
  switch (entry.kind) {
    case 'call':
      return isTypeShown('tool_use', filter) || isTypeShown('tool_result', filter)
    case 'failure':
      // The end of a task that failed is a status, and an error.
      return isTypeShown(entry.type, filter) || isTypeShown('error', filter)
    case 'note':
      return isTypeShown(entry.type, filter) && (entry.isTold !== true || isAskedFor(entry.type, filter))
    case 'text':
    case 'node':
    case 'search':
    case 'summary':
      return isTypeShown(entry.type, filter)
  }
}

const isAskedFor = (type: string, { only, show }: EntryFilter): boolean =>
  only?.has(type) === true || show?.has(type) === true

/** An error, a tool call that failed, or the end of a task that did. */
export const isError = (entry: Entry): boolean =>
  entry.kind === 'failure' ||
  (entry.kind === 'call' && entry.outcome !== null && entry.outcome.status !== 'ok') ||
  (entry.kind === 'note' && entry.status === 'failed') ||
  (entry.kind === 'node' && entry.status === 'failed')

const isPlain = ({ only, hide }: EntryFilter): boolean =>
  only === null && [...hide].every((type) => quiet.has(type))

const including = (set: ReadonlySet<string> | undefined, types: readonly string[]): ReadonlySet<string> =>
  new Set([...(set ?? []), ...types])

const excluding = (set: ReadonlySet<string> | undefined, types: readonly string[]): ReadonlySet<string> =>
  new Set([...(set ?? [])].filter((type) => !types.includes(type)))
