import type { Delta, Event } from '../protocol/event.ts'
import { isEvent } from '../protocol/event-names.ts'
import type { ClientFrameInput } from '../protocol/frames.ts'
import type { Selection } from './feed.ts'

/** What a link is subscribed to, and how far it has come: what makes a reconnect go on without a gap or a duplicate. */
export class LinkCursor {
  #selection: Selection | undefined
  /** Names the present subscription: what comes before the daemon has said this is of another one. */
  #id = 0
  #isSubscribed = false
  /** The newest `seq` received or skipped. Undefined until known. */
  #received: number | undefined
  #wasTaken = false

  /** Undefined where nothing is asked for. */
  get selection(): Selection | undefined {
    return this.#selection
  }

  get received(): number | undefined {
    return this.#received
  }

  /** Whether a daemon has gone on from it: it is a cursor of that store, and not just what somebody asked for. */
  get wasTaken(): boolean {
    return this.#wasTaken
  }

  /** Takes the place of the subscription before; what was received of that one counts no more. */
  select(selection: Selection | undefined): void {
    this.#selection = selection
    this.#received = selection?.after
    this.#wasTaken = false
    this.#id += 1
    this.#isSubscribed = false
  }

  /** Nothing is subscribed on a new connection. */
  reconnect(): void {
    this.#isSubscribed = false
  }

  /** Subscribes from where it has come to, or takes the subscription back. */
  get frame(): ClientFrameInput {
    if (this.#selection === undefined) return { type: 'unsubscribe' }
    const { tasks, conversation, types, hide, deltas } = this.#selection
    return {
      type: 'subscribe',
      id: this.#id,
      ...(conversation === undefined
        ? { tasks: tasks === undefined ? 'all' : [...tasks] }
        : { conversation_id: conversation }),
      ...(types && { types: [...types] }),
      ...(hide && { hide: [...hide] }),
      ...(deltas !== undefined && { deltas }),
      ...(this.#received !== undefined && { after: this.#received }),
    }
  }

  /** Whether a frame is about the present subscription. */
  owns(frame: { readonly id: string | number | null }): boolean {
    return frame.id === this.#id
  }

  /** The daemon has subscribed us: lines after this `seq` are ours from now on. */
  begin(after: number): void {
    this.#isSubscribed = true
    this.#wasTaken = true
    this.#received ??= after
  }

  /** Whether lines that come by WebSocket are ours: a Task Monitor gets some before its subscription stands. */
  get isSubscribed(): boolean {
    return this.#isSubscribed
  }

  /** Whether a line is new. */
  takes(line: Event | Delta): boolean {
    if (!isEvent(line)) return true
    if (line.seq <= (this.#received ?? 0)) return false
    this.#wasTaken = true
    this.#received = line.seq
    return true
  }

  /** Everything up to this `seq` was received or hidden; gives how far that is. */
  reach(seq: number): number {
    this.#wasTaken = true
    this.#received = Math.max(this.#received ?? 0, seq)
    return this.#received
  }
}
