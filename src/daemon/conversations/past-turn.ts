import { applyEvent } from '../../protocol/fold.ts'
import type { StoredEvent } from '../../protocol/event.ts'
import type { Presented } from '../../protocol/presentation.ts'
import type { Task } from '../../protocol/task.ts'
import { Transcript } from '../agent/transcript.ts'
import { presentedIn } from './presented-in.ts'
import type { Store } from '../store/store.ts'

/** A turn as its events tell of it. */
export interface PastTurn {
  readonly task: Task
  readonly transcript: Transcript
  /** How much of the model's window its last call and the reply took; null where no `usage` said so. */
  readonly lastCall: { readonly tokens: number; readonly seq: number } | null
  /** What it presented, oldest first. */
  readonly presented: readonly Presented[]
}

/** Reads these turns, in the order given; one that was removed is left out. */
export const readTurns = async (
  store: Pick<Store, 'events'>,
  taskIds: readonly string[],
): Promise<PastTurn[]> => {
  if (taskIds.length === 0) return []
  const folds = new Map(taskIds.map((id) => [id, new TurnFold()]))
  for await (const events of store.events({ taskIds: new Set(taskIds), after: 0 })) {
    for (const event of events) if (event.task_id !== null) folds.get(event.task_id)?.add(event)
  }
  return [...folds.values()].flatMap((fold) => fold.turn ?? [])
}

class TurnFold {
  #task: Task | undefined
  readonly #transcript = new Transcript()
  #lastCall: PastTurn['lastCall'] = null
  #presented: Presented[] = []

  add(event: StoredEvent): void {
    this.#task = applyEvent(this.#task, event)
    this.#transcript.add(event)
    if (event.type === 'usage' && event.private !== undefined) {
      const tokens = event.data.input_tokens + event.data.output_tokens
      this.#lastCall = tokens === 0 ? null : { tokens, seq: event.seq }
    } else if (event.type === 'status' && event.data.fresh === true) {
      this.#presented = []
    } else if (event.type === 'tool_result') {
      const presented = presentedIn(event.data)
      if (presented !== null) this.#presented.push(presented)
    }
  }

  get turn(): PastTurn | undefined {
    if (this.#task === undefined) return undefined
    const { lastCall, presented } = { lastCall: this.#lastCall, presented: this.#presented }
    return { task: this.#task, transcript: this.#transcript, lastCall, presented }
  }
}
