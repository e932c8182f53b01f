import type { PastTurn } from './past-turn.ts'

const longest = { said: 6000, args: 400, result: 800 } as const

/** A turn to be summarised: what was said and done, without the bulk of what tools gave. */
export const turnAsText = ({ task, transcript }: PastTurn): string => {
  const { context, metadata } = task.request_payload
  const data = [context, metadata].filter((part) => part !== undefined && part !== null)
  const calls = transcript.pastCalls.map(
    ({ name, args, result }) =>
      `The agent called ${name} ${clipped(JSON.stringify(args), longest.args)}, which gave: ${clipped(result, longest.result)}`,
  )
  return [
    `The user said: ${clipped(task.prompt, longest.said)}`,
    ...data.map((part) => `With it came: ${clipped(JSON.stringify(part), longest.args)}`),
    ...calls,
    endOf(task),
  ].join('\n')
}

const endOf = ({ status, error, response_payload }: PastTurn['task']): string => {
  if (response_payload !== null)
    return `The agent answered: ${clipped(response_payload.answer, longest.said)}`
  return status === 'cancelled'
    ? 'The user interrupted the agent.'
    : `The agent failed: ${error?.message ?? 'for no known reason'}`
}

/** Head and tail of a text that is too long. */
export const clipped = (text: string, maxCharacters: number): string => {
  if (text.length <= maxCharacters) return text
  const half = Math.max(0, Math.floor(maxCharacters / 2) - 3)
  return `${text.slice(0, half)} […] ${text.slice(text.length - half)}`
}
