import type { TerminalVerbs } from '../../effects/commands.ts'
import type { FrameStore } from '../../state/frame-store.ts'
import type { PathFinder } from '../input/path-finder.ts'
import type { ChatSource } from '../chat-source.ts'
import type { ChatStore } from '../state/chat-store.ts'
import type { Talking } from './talk.ts'

export interface ChatControls extends Talking {
  readonly store: ChatStore
  readonly source: ChatSource
  readonly finder: Pick<PathFinder, 'ask'>
  readonly terminal: Pick<TerminalVerbs, 'quit' | 'redraw' | 'suspend' | 'lend'> & {
    /** Shows the screen of `sparky watch`, and then this one again. */
    watch(): void
  }
  /** Null where there is no Task Monitor. */
  readonly monitor: FrameStore | null
}
