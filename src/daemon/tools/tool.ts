import type * as z from 'zod'
import type { AddTaskBody } from '../../protocol/new-task.ts'
import type { Json, Task } from '../../protocol/task.ts'
import type { RunShell } from './shell.ts'

/**
 * What running a call twice would mean; decides what happens to a call that a crash interrupted.
 * `pure`: reads only, run again. `idempotent`: the second run changes nothing more, run again. `once`: never run
 * again; the model is told that the outcome is unknown.
 */
export type Effect = 'pure' | 'idempotent' | 'once'

/** A process that a tool started: enough to find it after a crash and to know that it is still the same one. */
export interface StartedProcess {
  readonly pid: number
  /** Start time as the system counts it (field 22 of /proc/PID/stat); null where that cannot be had. */
  readonly startTicks: string | null
}

/** What an agent may do with the queue that it runs in. */
export interface TaskQueueDoor {
  add(body: AddTaskBody): Promise<Task>
  list(status?: Task['status']): Promise<readonly Task[]>
  /** The task that is named so, as a person would, and every reason that it is not running. Throws `not_found`, or `usage`. */
  get(ref: string): Promise<{ readonly task: Task; readonly reasons: readonly string[] }>
}

/** What one agent asks of another. */
export interface DelegationWish {
  /** A name, or `NAME/PILLAR`. */
  readonly agent: string
  readonly pillar: string | undefined
  readonly message: string
  /** Whether the other is told what was said and done so far. */
  readonly withHistory: boolean
}

/**
 * Hands a part of the task to another agent, and resolves with what came of it; a call that was cut off gets the same
 * part taken up again.
 */
export type Delegate = (
  wish: DelegationWish,
  call: Pick<ToolContext, 'callId' | 'signal' | 'noted'>,
) => Promise<ToolOutcome>

/** What model calls have used. */
export interface Spent {
  readonly steps: number
  readonly tokens: number
  /** US dollars; null once a call was made whose price is not known. */
  readonly costUsd: number | null
}

export interface ToolContext {
  /** Aborts when the attempt ends; a tool must settle soon after and leave no process behind. */
  readonly signal: AbortSignal
  /** Absolute path of the task's working directory; the file tools stay below it. */
  readonly cwd: string
  /** Environment of commands: without Sparky's own secrets. */
  readonly environment: Readonly<Record<string, string>>
  readonly runShell: RunShell
  readonly queue: TaskQueueDoor
  readonly search: SearchSettings
  /** Absolute paths that no file tool reads or writes where they lie in `cwd`: Sparky's own home. */
  readonly protectedPaths?: readonly string[]
  /** Hosts with their port (`localhost:3000`) that `fetch_url` may reach although they are not public. */
  readonly allowedFetchHosts?: readonly string[]
  /** Of this call: unique within the task, and the same when the call is taken up again after a crash. */
  readonly callId: string
  /** Shows output as it comes; nothing of it is kept. */
  output(text: string): void
  /** Called before anything waits for the process; resolves once it is on disk. */
  started(process: StartedProcess): Promise<void>
  /** Says on the task what this call does now, in a few words; resolves once it is on disk. */
  noted(note: string): Promise<void>
  /** Left out where there is nobody to delegate to. */
  readonly delegate?: Delegate
}

/** Which search provider is configured; null where none is, and then `web_search` is not offered. */
export type SearchSettings =
  | { readonly provider: 'tavily' | 'brave'; readonly apiKey: string; readonly baseUrl: string }
  | { readonly provider: 'searxng'; readonly baseUrl: string }
  | null

/** The part of the configuration that decides which tools there are. */
export interface ToolSettings {
  readonly search: SearchSettings
}

/** The two faces of a result. */
export interface ToolOutcome {
  readonly status: 'ok' | 'error'
  /** For the reader, whole. */
  readonly text: string
  /** For the model where it differs; else `text`, cut to head and tail with a note on how to read on. */
  readonly forModel?: string
  /** How the model can see the rest of a cut result, as one sentence; used in the note. */
  readonly readOn?: string
  /** Facts for programs: exit code, number of matches, diff … */
  readonly details?: Readonly<Record<string, Json>>
  /** What the call has used beside the model calls of its own task: it counts for the limits of that. */
  readonly spent?: Spent
  /** The task is parked and the call with it: it has no result yet, and is taken up again with its task. */
  readonly goesOn?: true
}

/**
 * A tool: data and one verb. `run` gets parsed input. It may throw: a `SparkyError` or any other error becomes a
 * result with status `error` whose text is the message (see `run-tool.ts`), so a tool file needs no try/catch.
 */
export interface Tool<Schema extends z.ZodObject = z.ZodObject> {
  readonly name: string
  /** For the model: what it does and when to use it. */
  readonly description: string
  readonly input: Schema
  /** What the model is told of the arguments, where that is not made of `input`: JSON Schema of an object. */
  readonly inputSchema?: Record<string, unknown>
  readonly effect: Effect
  /**
   * The tool knows what it has begun, so a call that was cut off is run again whatever its effect. When its signal
   * aborts, it ends by itself, in time for the attempt to end: nobody leaves it behind.
   */
  readonly resumable?: boolean
  /** False where the configuration lacks what the tool needs: then it is not offered. */
  available?(settings: ToolSettings): boolean
  /** For people: what is missing where the tool is not available, and how to mend it. */
  readonly whyNot?: string
  run(input: z.output<Schema>, context: ToolContext): Promise<ToolOutcome>
}

/** A tool as the model is told of it. `inputSchema` is JSON Schema (draft 7). */
export interface ToolOffer {
  readonly name: string
  readonly description: string
  readonly inputSchema: Record<string, unknown>
}

/** Keeps the schema's type with the tool, so that `run` is typed by `input`. */
export const defineTool = <Schema extends z.ZodObject>(tool: Tool<Schema>): Tool<Schema> => tool
