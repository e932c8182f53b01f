import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { toFailure } from '../../protocol/failure.ts'
import type { Json } from '../../protocol/task.ts'
import { parseArguments } from './tool-arguments.ts'
import type { Spent, Tool, ToolContext, ToolOutcome } from './tool.ts'
import { cutBytes, cutForModel, keptLimitBytes, wellFormed } from './truncate.ts'

/** A call that is over. */
export interface SettledTool {
  /** `interrupted`: the signal aborted before the tool had ended well, so what it did is not known. */
  readonly status: 'ok' | 'error' | 'interrupted'
  /** For the reader: whole, at most 10 MiB. */
  readonly text: string
  /** Size of `text` in UTF-8 bytes. */
  readonly bytes: number
  /** For the model: about 16,000 characters at most. */
  readonly forModel: string
  readonly durationMs: number
  /** Facts for programs. A failed call has `code` (a failure code) here. */
  readonly details?: Readonly<Record<string, Json>>
  /** What it has used beside the model calls of its own task. */
  readonly spent?: Spent
  /** It is not over after all: it is taken up again with its task. */
  readonly goesOn?: true
}

/** How long a tool may go on after the signal has aborted, to end its processes; then it is left behind. */
const abortGraceMs = 2_000

/**
 * Runs one call: parses the arguments, runs the tool, and settles as exactly one `SettledTool`. Never rejects.
 * After an abort it settles within two seconds, even where the tool hangs, unless it is resumable. `rawArgs` is undefined where the
 * model's arguments were no JSON.
 */
export const runTool = async (
  tool: Tool,
  rawArgs: Json | undefined,
  context: ToolContext,
): Promise<SettledTool> => {
  // Calls of one step listen side by side to the one signal of their attempt; that is no leak.
  setMaxListeners(0, context.signal)
  const startedAt = performance.now()
  const outcome = await outcomeOf(tool, rawArgs, context)
  const status = outcome.status === 'error' && context.signal.aborted ? 'interrupted' : outcome.status
  const { text, bytes } = kept(outcome.text)
  return {
    status,
    text,
    bytes,
    forModel: cutForModel(wellFormed(outcome.forModel ?? text), outcome.readOn),
    durationMs: Math.round(performance.now() - startedAt),
    ...(outcome.details === undefined ? {} : { details: outcome.details }),
    ...(outcome.spent === undefined ? {} : { spent: outcome.spent }),
    ...(outcome.goesOn === undefined ? {} : { goesOn: outcome.goesOn }),
  }
}

const outcomeOf = async (
  tool: Tool,
  rawArgs: Json | undefined,
  context: ToolContext,
): Promise<ToolOutcome> => {
  const over = new AbortController()
  try {
    context.signal.throwIfAborted()
    const input = parseArguments(tool, rawArgs)
    if (tool.resumable === true) return await tool.run(input, context)
    return await Promise.race([tool.run(input, context), overdue(context.signal, over.signal)])
  } catch (error) {
    return failed(error, context.signal)
  } finally {
    over.abort()
  }
}

/** Rejects some time after `signal` aborted; never settles otherwise, nor after `over`. */
const overdue = (signal: AbortSignal, over: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const onAbort = (): void => {
      delay(abortGraceMs, undefined, { signal: over }).then(
        () => reject(new Error('the tool did not end in time after it had been interrupted')),
        () => undefined,
      )
    }
    signal.addEventListener('abort', onAbort, { once: true, signal: over })
  })

const failed = (error: unknown, signal: AbortSignal): ToolOutcome => {
  if (signal.aborted) {
    return { status: 'error', text: `interrupted: ${toFailure(signal.reason).message}` }
  }
  const { code, message, hint } = toFailure(error)
  return { status: 'error', text: hint === null ? message : `${message}\n${hint}`, details: { code } }
}

const kept = (text: string): { text: string; bytes: number } => {
  const cut = cutBytes(wellFormed(text), keptLimitBytes)
  return cut.truncated ? { text: cut.text, bytes: Buffer.byteLength(cut.text) } : cut
}
