import type { EventType } from '../../protocol/event.ts'
import type { Entry } from './entry.ts'

/** What a transcript shows: the flags that `watch` was given, narrowed by the preset that a key cycles through. */
export interface EntryFilter {
  /** Null: every type. */
  readonly only: ReadonlySet<string> | null
  readonly hide: ReadonlySet<string>
  readonly preset: Preset
}

const presets = ['everything', 'text', 'tools', 'errors'] as const
export type Preset = (typeof presets)[number]

export const nextPreset = (preset: Preset): Preset =>
  presets[(presets.indexOf(preset) + 1) % presets.length] ?? 'everything'

export const isShown = (entry: Entry, filter: EntryFilter): boolean => {
  const types = typesOf(entry)
  if (filter.only !== null && !types.some((type) => filter.only?.has(type))) return false
  if (types.every((type) => filter.hide.has(type))) return false
  // How far a task is stands above its transcript.
  if (entry.type === 'progress' && filter.only === null) return false
  switch (filter.preset) {
    case 'everything':
      return true
    case 'text':
      return entry.kind === 'text' || isOutcome(entry)
    case 'tools':
      return entry.kind === 'call' || isOutcome(entry)
    case 'errors':
      return isError(entry)
  }
}

/** An error, a tool call that failed, or the end of a task that did. */
export const isError = (entry: Entry): boolean =>
  entry.kind === 'failure' ||
  (entry.kind === 'call' && entry.outcome !== null && entry.outcome.status !== 'ok') ||
  (entry.kind === 'note' && entry.status === 'failed')

const isOutcome = (entry: Entry): boolean => entry.kind === 'failure' && entry.final

const typesOf = (entry: Entry): readonly EventType[] =>
  entry.kind === 'call' ? ['tool_use', 'tool_result'] : [entry.type]
