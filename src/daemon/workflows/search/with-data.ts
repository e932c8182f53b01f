import { sentAlong } from '../../agent/sent-along.ts'
import type { NodeContext } from '../workflow-program.ts'

/** A prompt, and after it what came with the question, marked as data. */
export const withData = (prompt: string, { data }: Pick<NodeContext, 'data'>): string =>
  [prompt, ...sentAlong(data)].join('\n\n')
