import { PacedStore } from '../../state/paced-store.ts'
import type { ChatAction, ChatItem } from './chat-actions.ts'
import { reduceChat } from './chat-reduce.ts'
import type { ChatState } from './chat-state.ts'

/** The state of `sparky chat`. */
export class ChatStore extends PacedStore<ChatState, ChatAction, ChatItem> {
  constructor(state: ChatState) {
    super(state, { reduce: reduceChat, actionOf: (items) => ({ type: 'feed', items }) })
  }
}
