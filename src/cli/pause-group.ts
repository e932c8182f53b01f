import { sanitizeLine } from '../protocol/sanitize.ts'
import type { Context } from './context.ts'

/** Keeps the tasks of a group from starting. */
export const pauseGroup = async ({ daemon, output }: Context, name: string): Promise<void> => {
  const group = await daemon.needBeforeClaims((client) => client.call('pauseGroup', { name }))
  output.result(
    group,
    () => `Group "${sanitizeLine(name)}" is paused: none of its tasks starts. Running ones go on.`,
  )
}

/** Lets the tasks of a group start again. */
export const resumeGroup = async ({ daemon, output }: Context, name: string): Promise<void> => {
  const group = await daemon.need((client) => client.call('resumeGroup', { name }))
  output.result(group, () => `Group "${sanitizeLine(name)}" goes on: its tasks start again.`)
}
