import type { EventType } from '../../../protocol/event.ts'
import type { Entry } from '../../state/entry.ts'

/** Whether a conversation shows an entry: what its first line or the status line says is left out. */
export const isShownInChat = (entry: Entry): boolean => {
  switch (entry.kind) {
    case 'text':
      return entry.voice !== 'user' && entry.text.trim() !== ''
    case 'call':
    case 'failure':
    case 'node':
    case 'search':
    case 'summary':
      return true
    case 'note':
      if (quiet.has(entry.type)) return false
      return entry.type !== 'status' || (entry.status !== 'in_progress' && entry.status !== 'completed')
  }
}

const quiet: ReadonlySet<EventType> = new Set(['task_added', 'task_updated', 'usage', 'progress'])
