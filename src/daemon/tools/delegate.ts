import * as z from 'zod'
import { SparkyError } from '../../protocol/failure.ts'
import { defineTool, type Tool } from './tool.ts'

const description =
  'Hands a part of your task to another agent, waits for it, and returns its answer. That agent sees your message alone, ' +
  'so say everything in it, or set with_history. Its result is for you: tell the user what matters of it.'

export const delegate = defineTool({
  name: 'delegate',
  description,
  effect: 'once',
  resumable: true,
  input: z.strictObject({
    agent: z.string().min(1).max(200).describe('Name of the agent, or NAME/PILLAR.'),
    pillar: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Which pillar of the agent, where it has several.'),
    message: z.string().min(1).max(100_000).describe('What that agent is to do, complete in itself.'),
    with_history: z
      .boolean()
      .optional()
      .describe('Whether it is told what was said and done here so far. Default: no.'),
  }),
  run: ({ agent, pillar, message, with_history: withHistory = false }, context) => {
    if (context.delegate === undefined) {
      throw new SparkyError('conflict', 'there is no agent that this one may delegate to')
    }
    return context.delegate({ agent, pillar, message, withHistory }, context)
  },
})

/** The same tool, saying whom it reaches: one line for each. */
export const delegateTo = (whom: readonly string[]): Tool => ({
  ...delegate,
  description: `${description}\n\nAgents that you may delegate to:\n${whom.join('\n')}`,
})
