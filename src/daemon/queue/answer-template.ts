import { SparkyError } from '../../protocol/failure.ts'
import type { Task } from '../../protocol/task.ts'
import { claimantOf } from '../store/active-tasks.ts'

/*
 * A prompt may hold `{{task.N.answer}}`, N being the number, the id or the beginning of the id of a task that it waits
 * for. When the task is first claimed, each is replaced by that task's answer, as it is: what an answer holds is text,
 * whatever it looks like. `\{{task.N.answer}}` stands for itself. Anything else between braces is left alone; and so is
 * everything in what is said to an agent, by a user in a conversation or by another agent.
 */
const reference = /(\\?)\{\{\s*task\.([^\s{}.]+)\.answer\s*\}\}/g

/** What one answer may add to a prompt, and all of them together: an event must not grow without bound. */
const maxAnswerLength = 100_000
const maxAnswersLength = 1_000_000
const maxErrorLength = 1000

type Find = (id: string) => Task | undefined

/** Throws `usage` where the prompt asks for the answer of a task that it does not wait for. */
export const checkAnswers = (task: Task, find: Find): void => {
  if (claimantOf(task) !== 'loop') return
  const { prompt, depends_on, schedule } = task
  for (const name of namesIn(prompt)) {
    if (taskNamed(name, depends_on, find) !== undefined) continue
    const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name
    throw new SparkyError(
      'usage',
      `expected {{task.${shown}.answer}} to name a task that this one waits for, found one that it does not wait for`,
      {
        hint: `${schedule === null ? `Add --after ${shown} (or --after-any ${shown}), or write` : 'What a schedule adds waits for no task; write'} \\{{task.${shown}.answer}} to keep the text as it is.`,
      },
    )
  }
}

/** The ids of the tasks whose answers the prompt asks for; null for one that is not there any more. */
export const answersWanted = (task: Task, find: Find): (string | null)[] =>
  claimantOf(task) === 'loop'
    ? namesIn(task.prompt).map((name) => taskNamed(name, task.depends_on, find)?.id ?? null)
    : []

/** What the model gets in place of the prompt, as a change of the task; nothing where the prompt asks for no answer. */
export const filledPrompt = (task: Task, find: Find): Partial<Pick<Task, 'request_payload'>> => {
  if (claimantOf(task) !== 'loop') return {}
  let room = maxAnswersLength
  const prompt = task.prompt.replace(reference, (whole, escape: string, name: string) => {
    if (escape !== '') return whole.slice(1)
    const text = cut(answerOf(taskNamed(name, task.depends_on, find), name), Math.min(maxAnswerLength, room))
    room = Math.max(0, room - text.length)
    return text
  })
  return prompt === task.prompt ? {} : withPrompt(task, prompt)
}

/** The change that gives the model, or the workflow, another prompt than the task's own. */
export const withPrompt = (
  { request_payload }: Pick<Task, 'request_payload'>,
  prompt: string,
): Pick<Task, 'request_payload'> => {
  // A workflow's request says what it works on in a word of its own, too.
  const input = request_payload['workflow'] === undefined ? {} : { input: prompt }
  return { request_payload: { ...request_payload, prompt, ...input } as Task['request_payload'] }
}

const namesIn = (prompt: string): string[] =>
  prompt.includes('{{')
    ? [...prompt.matchAll(reference)].flatMap(([, escape, name]) =>
        escape === '' && name !== undefined ? [name] : [],
      )
    : []

/** Only among those that the task waits for: what a short name means must not change with what is added later. */
const taskNamed = (name: string, ids: readonly string[], find: Find): Task | undefined => {
  const tasks = ids.flatMap((id) => find(id) ?? [])
  const exact = tasks.find(({ id, number }) => id === name || String(number) === name)
  if (exact !== undefined || name.length < minPrefixLength) return exact
  const fitting = tasks.filter(({ id }) => id.startsWith(name))
  return fitting.length === 1 ? fitting[0] : undefined
}

const minPrefixLength = 4

const answerOf = (task: Task | undefined, name: string): string => {
  if (task === undefined) return `(task ${name} was removed)`
  const { number, status, error, response_payload } = task
  if (status === 'completed') return response_payload?.answer ?? ''
  if (status !== 'failed') return `(task ${number} was ${status})`
  return `(task ${number} failed${error === null ? '' : `: ${error.message.slice(0, maxErrorLength)}`})`
}

const cut = (text: string, length: number): string => {
  if (text.length <= length) return text
  if (length === 0) return '(left out)'
  // Never between the halves of one character.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length
  return `${text.slice(0, end)}\n(cut here: the first ${end} of ${text.length} characters)`
}
