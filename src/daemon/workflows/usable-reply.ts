import { SparkyError } from '../../protocol/failure.ts'
import type { Json } from '../../protocol/task.ts'
import type { EngineEnd } from '../agent/react.ts'
import { questionKey, type Question, type Said } from './ask-model.ts'
import { checkSize } from './check-size.ts'
import type { WorkflowModelRequest } from './define-workflow.ts'
import { jsonChecker, jsonInstructions, type JsonReply } from './json-reply.ts'
import type { ToolCallSetup } from './tool-calls.ts'

export interface ReplySetup extends Pick<ToolCallSetup, 'run' | 'stops'> {
  /** One reply of the model, recorded; or why the attempt ends in place of it. */
  readonly ask: (question: Question) => Promise<Said | EngineEnd>
}

const maxPromptChars = 4 * 1024 * 1024
/** So often a model is asked before it is given up. */
const maxReplies = 3

/** Asks until the reply can be used, as text or as the JSON that the node asked for; throws where no reply can. */
export const usableReply = async (request: WorkflowModelRequest, setup: ReplySetup): Promise<Json> => {
  const { system = null, prompt, temperature = null, schema } = request
  if (typeof prompt !== 'string' || (system !== null && typeof system !== 'string'))
    throw new TypeError('expected prompt and system to be strings')
  checkSize(prompt.length + (system?.length ?? 0), maxPromptChars, 'the prompt')
  const { check, instructions, how, what } = schema === undefined ? plainText : jsonOf(schema)
  const all = [system, instructions].filter((part) => part !== null).join('\n\n')
  let correction = ''
  for (let tries = 1; ; tries += 1) {
    const question = { system: all === '' ? null : all, prompt: `${prompt}${correction}`, temperature }
    const said = await reply(question, setup)
    const checked = check(said)
    if (checked.kind === 'fits') return checked.value
    if (tries === maxReplies) {
      const message = `the model gave ${maxReplies} replies that are not ${what} that node ${setup.run.node} asked for; the last: ${checked.why}`
      throw new SparkyError('model_protocol', message, { retryable: true })
    }
    correction = `\n\nYour last reply could not be used: ${checked.why}. Reply again, ${how}.`
  }
}

interface Expected {
  readonly check: (said: Said) => JsonReply
  readonly instructions: string | null
  /** For the model and for people: how to reply, and what is expected. */
  readonly how: string
  readonly what: string
}

const wasCut = 'it reached the limit of its length and was cut'

const plainText: Expected = {
  check: ({ text, finish }) =>
    finish === 'length' ? { kind: 'wrong', why: wasCut } : { kind: 'fits', value: text },
  instructions: null,
  how: 'shorter',
  what: 'the text',
}

const jsonOf = (schema: object): Expected => {
  const check = jsonChecker(schema)
  return {
    check: ({ text, finish }) => {
      const checked = check(text)
      return checked.kind === 'wrong' && finish === 'length' ? { kind: 'wrong', why: wasCut } : checked
    },
    instructions: jsonInstructions(schema),
    how: 'with the JSON alone',
    what: 'the JSON',
  }
}

const reply = async (question: Question, setup: ReplySetup): Promise<Said> => {
  const said = await sayOrKnown(question, setup)
  if (said.finish !== 'content_filter') return said
  throw new SparkyError(
    'model_protocol',
    "the provider's content filter stopped the reply; word the input differently",
  )
}

const sayOrKnown = async (question: Question, { run, stops, ask }: ReplySetup): Promise<Said> => {
  const key = questionKey(question)
  const at = run.replies.findIndex((known) => known.key === key)
  const [known] = at === -1 ? [] : run.replies.splice(at, 1)
  if (known !== undefined) return known
  await stops.pass()
  try {
    const said = await ask(question)
    return 'finish' in said ? said : await stops.endFor(said)
  } catch (error) {
    // An aborted call may be made again when the node is.
    if (stops.isStopping) return stops.hold()
    throw error
  }
}
