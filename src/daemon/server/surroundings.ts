import type { ConfigRow, ModelList, ToolRow } from '../../protocol/inspection.ts'
import type { Json } from '../../protocol/task.ts'

/** What the server shows of rooms of the daemon that it does not know. */
export interface Surroundings {
  tools(): ToolRow[]
  /** Asks every configured provider. Never rejects: what went wrong is among the problems. */
  models(): Promise<ModelList>
  readonly config: ConfigDesk
  /** What all tasks have used since midnight. May take a while when it is first asked for. */
  usedToday(): Promise<UsedToday>
}

/** The user's configuration; secrets come out of it masked. */
export interface ConfigDesk {
  list(): ConfigRow[]
  /** Throws `not_found` where nothing is set, `usage` for a key that does not exist. */
  show(key: string): ConfigRow
  /** Resolves when it counts. Rejects with `usage`, naming what was expected. */
  set(key: string, value: Json): Promise<ConfigRow>
  unset(key: string): Promise<ConfigRow>
}

export interface UsedToday {
  readonly modelCalls: number
  readonly tokens: number
  /** Of the calls whose price is known. */
  readonly costUsd: number
  readonly attemptsMs: number
}
