import type { Conversation } from '../../protocol/conversation.ts'
import { presentationOf } from '../../protocol/presentation.ts'
import { presentedMarkdown } from '../../protocol/presented-markdown.ts'
import type { Task } from '../../protocol/task.ts'
import type { PastTurn } from './past-turn.ts'

/** A conversation to be read, or put into another document: what was said, and which tools were used on the way. */
export const conversationMarkdown = (
  { id, title, agent, pillar, cwd, created_at }: Conversation,
  turns: readonly PastTurn[],
): string => {
  const partner = pillar === null ? agent : `${agent}/${pillar}`
  const head = `# ${oneLine(title)}\n\n- Conversation: ${code(id)}\n- Agent: ${code(partner)}\n- Folder: ${code(cwd)}\n- Begun: ${created_at}`
  return `${[head, ...turns.map((turn) => turnMarkdown(turn, partner))].join('\n\n')}\n`
}

const turnMarkdown = ({ task, transcript, presented }: PastTurn, partner: string): string => {
  const { context, metadata } = task.request_payload
  const data = [context, metadata]
    .filter((part) => part !== undefined && part !== null)
    .map((part) => `Data with it:\n\n${json(part)}`)
  const calls = transcript.pastCalls.map(({ name, args }) => `- ${code(`${name} ${JSON.stringify(args)}`)}`)
  return [
    `## You, ${task.created_at}`,
    task.prompt,
    ...data,
    `## ${partner}`,
    ...(calls.length > 0 ? [calls.join('\n')] : []),
    ...presented.flatMap((shown) => {
      const presentation = presentationOf({ ...shown })
      return presentation === null ? [] : [presentedMarkdown(presentation)]
    }),
    endOf(task),
  ].join('\n\n')
}

const endOf = ({ status, error, response_payload }: Task): string => {
  if (response_payload !== null) return response_payload.answer
  if (status === 'failed') return `*Failed: ${oneLine(error?.message ?? 'for no known reason')}*`
  return status === 'cancelled' ? '*Cancelled.*' : `*Not answered yet (${status}).*`
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** In a fence that is longer than any in it. */
const json = (value: unknown): string => {
  const text = JSON.stringify(value, null, 2)
  return `${fence(text, 3)}json\n${text}\n${fence(text, 3)}`
}

const code = (text: string): string => {
  const line = oneLine(text)
  const ticks = fence(line, 1)
  return ticks.length > 1 ? `${ticks} ${line} ${ticks}` : `${ticks}${line}${ticks}`
}

const fence = (text: string, least: number): string => {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  return '`'.repeat(Math.max(least, longest + 1))
}
