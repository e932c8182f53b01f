import type { StoredEvent } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { Store } from '../store/store.ts'
import { ViewCheckpoint, type ViewFile } from '../store/view-checkpoint.ts'
import { Beginnings, type Partner } from './beginnings.ts'
import { ConversationFold, type KeptFold } from './conversation-fold.ts'
import type { KnownConversation } from './known-conversation.ts'
import { TaskIdsOf } from './task-ids-of.ts'

export interface ConversationsOptions {
  readonly store: Pick<Store, 'storeId' | 'lastSeq' | 'events' | 'onAppend'>
  /** Where the index is kept. */
  readonly file: ViewFile
  /** Called where something does not go as it should. */
  readonly onTrouble: (error: unknown, message: string) => void
}

const format = 1
/** So long after something was said it is written down, so that a start reads few events. */
const keepAfterMs = 30_000
/** After so many events it is written down also where none is about a conversation. */
const keepAfterEvents = 50_000
/** Where nobody asks, a start is left alone for so long, and then so many events are read and no more. */
const unaskedAfterMs = 10_000
const unaskedEvents = 100_000

/** Means the one that was used last, wherever an id may stand. */
const last = 'last'

/**
 * Which conversations there are and what is said where: a view of the store's events. What a file holds is as good as
 * what was read, so a start takes it and adds the events that came after it; where the file is lost, it reads the log.
 * Nothing is read before somebody asks, as a log may be long and hold no conversation.
 *
 * It must listen to the store before everybody who asks it what an event is about.
 */
export class Conversations {
  readonly #options: ConversationsOptions
  readonly #unsubscribe: () => void
  readonly #checkpoint: ViewCheckpoint<KeptFold>
  #fold = new ConversationFold()
  #seq = 0
  #keptSeq = 0
  #isLive = false
  #loaded: Promise<void> | undefined
  #isDirty = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined
  /** Conversation id -> settles when all that was to be done in turn is done. */
  readonly #inTurn = new Map<string, Promise<unknown>>()
  readonly #beginnings = new Beginnings()

  constructor(options: ConversationsOptions) {
    this.#options = options
    this.#checkpoint = new ViewCheckpoint({ ...options, format })
    this.#unsubscribe = options.store.onAppend((events) => {
      if (this.#isLive) this.#follow(events)
    })
    this.#timer = setTimeout(() => void this.#loadUnasked(), unaskedAfterMs).unref()
  }

  /** Resolves when everything is known, as it will be from then on. Rejects where the log cannot be read. */
  get ready(): Promise<void> {
    if (this.#loaded === undefined) {
      const loaded = this.#load().catch((error: unknown) => {
        // Whoever asks next may have more luck.
        this.#loaded = undefined
        throw error
      })
      this.#loaded = loaded
    }
    return this.#loaded
  }

  /** Whether `ready` has resolved. */
  get isReady(): boolean {
    return this.#isLive
  }

  /** The one that was used last first. */
  async all(): Promise<readonly KnownConversation[]> {
    await this.ready
    return [...this.#fold.all].sort((one, other) => other.updatedSeq - one.updatedSeq)
  }

  /** The one of this id, of the only id that begins so, or that was used last (`last`). Throws `not_found` and `usage`. */
  async resolve(ref: string): Promise<KnownConversation> {
    await this.ready
    const exact = this.#fold.get(ref)
    if (exact !== undefined) return exact
    if (ref === last) return this.#last()
    const fitting = [...this.#fold.all].filter(({ id }) => id.startsWith(ref))
    if (fitting.length > 1) {
      throw new SparkyError('usage', `"${ref}" fits ${fitting.length} conversations`, {
        hint: 'Give more of the id.',
      })
    }
    if (fitting[0] === undefined) {
      throw new SparkyError('not_found', `no conversation "${ref}"`, {
        hint: 'sparky conversations list shows them',
      })
    }
    return fitting[0]
  }

  /** The one that a message of this id goes on with; undefined where it begins one. Throws `not_found` for `last` alone. */
  async find(id: string): Promise<KnownConversation | undefined> {
    await this.ready
    return this.#fold.get(id) ?? (id === last ? this.#last() : undefined)
  }

  /** The one that this task is a turn of, or was delegated in. */
  async ofTask(taskId: string): Promise<KnownConversation | undefined> {
    await this.ready
    return this.#fold.ofTask(taskId)
  }

  /**
   * To be called right before a turn is added: throws `conflict` where the conversation is with another agent. One that
   * begins stays promised to this one until the function that is returned has been called.
   */
  join(id: string, partner: Partner): () => void {
    return this.#beginnings.join(id, partner, this.#fold.get(id))
  }

  /** Does this after what was to be done in this conversation before: what comes first is first in it. */
  inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#inTurn.get(id) ?? Promise.resolve()).then(work)
    const settled = done
      .catch(() => {})
      .finally(() => {
        if (this.#inTurn.get(id) === settled) this.#inTurn.delete(id)
      })
    this.#inTurn.set(id, settled)
    return done
  }

  /** Ids of a conversation's turns and of what they have delegated, as of each look; known once this is `ready`. */
  taskIds(id: string): ReadonlySet<string> {
    return new TaskIdsOf({
      has: (taskId) => this.#fold.ofTask(taskId)?.id === id,
      all: () => {
        const known = this.#fold.get(id)
        return known === undefined ? [] : [...known.turns.keys(), ...known.parts]
      },
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#unsubscribe()
    clearTimeout(this.#timer)
    if (this.#isLive && this.#seq > this.#keptSeq) await this.#keep()
  }

  #last(): KnownConversation {
    let latest: KnownConversation | undefined
    for (const known of this.#fold.all) {
      if (latest === undefined || known.updatedSeq > latest.updatedSeq) latest = known
    }
    if (latest !== undefined) return latest
    throw new SparkyError('not_found', 'there is no conversation yet')
  }

  async #loadUnasked(): Promise<void> {
    this.#timer = undefined
    const { store, onTrouble } = this.#options
    try {
      if (this.#loaded !== undefined) return
      const { seq } = await this.#kept()
      if (store.lastSeq - seq <= unaskedEvents) await this.ready
    } catch (error) {
      if (!this.#isClosed) onTrouble(error, 'Conversations could not be read')
    }
  }

  async #load(): Promise<void> {
    const { store } = this.#options
    const kept = await this.#kept()
    const fold = ConversationFold.from(kept)
    const { seq } = kept
    let position = seq
    while (position < store.lastSeq) {
      const upTo = store.lastSeq
      for await (const events of store.events({ after: position, upTo })) {
        if (this.#isClosed) throw new SparkyError('internal', 'the daemon is stopping')
        for (const event of events) fold.add(event)
      }
      position = upTo
    }
    // Nothing was appended since the look at `lastSeq`: there was no await in between.
    this.#fold = fold
    this.#seq = position
    this.#keptSeq = seq
    this.#isLive = true
    if (position - seq > keepAfterEvents) void this.#keep()
  }

  /** What the file holds, or nothing where it is of no use. */
  async #kept(): Promise<KeptFold & { readonly seq: number }> {
    return (await this.#checkpoint.read()) ?? { seq: 0, conversations: [], names: {} }
  }

  #follow(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (this.#fold.add(event)) this.#isDirty = true
      this.#seq = event.seq
    }
    if (this.#timer !== undefined || this.#isClosed) return
    if (this.#seq - this.#keptSeq >= keepAfterEvents) void this.#keep()
    else if (this.#isDirty) this.#timer = setTimeout(() => void this.#keep(), keepAfterMs).unref()
  }

  async #keep(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isDirty = false
    this.#keptSeq = this.#seq
    try {
      await this.#checkpoint.write(this.#seq, this.#fold.kept())
    } catch (error) {
      this.#isDirty = true
      this.#options.onTrouble(
        error,
        'Conversations could not be written down; a start reads them from the log',
      )
    }
  }
}
