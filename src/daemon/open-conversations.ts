import { readFile } from 'node:fs/promises'
import { Conversations } from './conversations/conversations.ts'
import { writePrivateFile } from './lifecycle/home-folder.ts'
import type { Log } from './lifecycle/log.ts'
import type { Releasers } from './lifecycle/releasers.ts'
import type { Store } from './store/store.ts'

interface Surroundings {
  readonly store: Store
  /** Where the index is kept. */
  readonly file: string
  readonly releasers: Releasers
  readonly log: Log
}

/** The index of conversations. Must be opened before whoever asks it what an event is about. */
export const openConversations = ({ store, file, releasers, log }: Surroundings): Conversations => {
  const conversations = new Conversations({
    store,
    file: { read: () => readFile(file, 'utf8'), write: (text) => writePrivateFile(file, text) },
    onTrouble: (error, message) => log.error({ error }, message),
  })
  releasers.add(() => conversations.close())
  return conversations
}
