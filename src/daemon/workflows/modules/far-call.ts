import type { Json } from '../../../protocol/task.ts'
import type { FromWorker } from '../worker/messages.ts'
import type { NodeContext } from '../workflow-program.ts'

export type FarCall = Extract<FromWorker, { kind: 'call' }>

/** What a node in a worker asks of its context. */
export const called = async (
  context: NodeContext,
  { method, args: [first, second] }: Pick<FarCall, 'method' | 'args'>,
): Promise<Json | void> => {
  switch (method) {
    case 'tool':
      return (await context.tool(textOf(first), second as object)) as unknown as Json
    case 'model':
      return context.model(first as never)
    case 'languageModel':
      return context.languageModel()
    case 'message':
      return context.message(textOf(first))
    case 'sleep':
      return context.sleep(Number(first))
  }
}

/** A worker sends texts where texts belong; one that a module has meddled with sends anything. */
export const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
