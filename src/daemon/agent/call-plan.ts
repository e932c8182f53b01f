import type { Effect, Tool } from '../tools/tool.ts'
import type { SettledTool } from '../tools/run-tool.ts'
import { cutCallResult, type Turn } from './turn.ts'
import type { OpenCall, Transcript } from './transcript.ts'

/** What is to be done with a call: run its tool, or answer it without. */
export type CallPlan =
  | { readonly kind: 'run'; readonly call: OpenCall; readonly tool: Tool }
  | { readonly kind: 'answer'; readonly call: OpenCall; readonly settled: SettledCall }

export interface SettledCall extends SettledTool {
  /** The call could not be run as the model made it. */
  readonly misuse: boolean
}

export interface PlanSetup {
  readonly turn: Turn
  readonly tools: ReadonlyMap<string, Tool>
}

/** A call that had started before the daemon ended is judged by its tool's effect; `once` is never run again, unless it can be resumed. */
export const planOf = (call: OpenCall, { turn, tools }: PlanSetup): CallPlan => {
  const answer = (settled: SettledCall): CallPlan => ({ kind: 'answer', call, settled })
  if (turn.reply.finish === 'length') return answer(notRun('error', cutCallResult, true))
  const tool = tools.get(call.name)
  if (tool === undefined) return answer(notRun('error', unknownTool(call.name, [...tools.keys()]), true))
  return call.started && tool.effect === 'once' && tool.resumable !== true
    ? answer(notRun('interrupted', lostCall))
    : { kind: 'run', call, tool }
}

/** Calls that an earlier daemon had started, and that their effect lets run again. */
export const callsToRunAgain = (
  { turn, openCalls }: Pick<Transcript, 'turn' | 'openCalls'>,
  tools: readonly Tool[],
): ReadonlySet<string> => {
  if (turn === undefined) return new Set()
  const setup = { turn, tools: new Map(tools.map((tool) => [tool.name, tool])) }
  const again = openCalls.filter((call) => call.started && planOf(call, setup).kind === 'run')
  return new Set(again.map(({ callId }) => callId))
}

/** Calls that run together: adjacent ones that only read, a few at a time; all others alone. */
export const groupsOf = (plans: readonly CallPlan[]): CallPlan[][] => {
  const groups: CallPlan[][] = []
  for (const plan of plans) {
    const group = groups.at(-1)
    const isJoined =
      group !== undefined &&
      group.length < maxTogether &&
      effectOf(group[0]) === 'pure' &&
      effectOf(plan) === 'pure'
    if (isJoined) group.push(plan)
    else groups.push([plan])
  }
  return groups
}

/** A result for a call whose tool was not run (to its end). */
export const notRun = (status: SettledTool['status'], text: string, misuse = false): SettledCall => ({
  status,
  text,
  bytes: Buffer.byteLength(text),
  forModel: text,
  durationMs: 0,
  misuse,
})

/** What becomes of a call that its attempt did not come to. */
export const stoppedBefore = notRun(
  'interrupted',
  'Not run: the attempt was told to stop before this started.',
)

const maxTogether = 8

const effectOf = (plan: CallPlan | undefined): Effect => (plan?.kind === 'run' ? plan.tool.effect : 'pure')

const lostCall =
  'Interrupted: the daemon ended while this ran. Whether it took effect is not known: find out before you do it again.'

const unknownTool = (name: string, known: readonly string[]): string =>
  `there is no tool named "${name}"; there are ${known.join(', ')}`
