import type { DaemonClient } from '../../client/daemon-client.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { Context } from '../context.ts'
import { bringKeys } from '../provider-keys.ts'

/**
 * A daemon to chat with, started where none runs. Chat turns run with the agent loop on or off, so that is left as it
 * is, unless SPARKY_ENABLE_AGENT_LOOP wants it on. A daemon that lacks keys of this shell is restarted if it is idle.
 */
export const daemonForChat = async ({ daemon, shell, output }: Context): Promise<DaemonClient> => {
  const loop = isLoopWanted(shell.env)
  await bringKeys(daemon, shell.env, output)
  return daemon.need(
    async (client) => {
      const status = await client.call('status', {})
      if (loop && !status.agent_loop) await client.call('startLoop', {})
      return client
    },
    { loop },
  )
}

/** Throws `usage` for what means neither yes nor no. Exported for tests. */
export const isLoopWanted = (env: NodeJS.ProcessEnv): boolean => {
  const text = env['SPARKY_ENABLE_AGENT_LOOP']?.trim().toLowerCase() ?? ''
  if (['true', '1', 'yes', 'on'].includes(text)) return true
  if (['', 'false', '0', 'no', 'off'].includes(text)) return false
  throw new SparkyError('usage', `expected SPARKY_ENABLE_AGENT_LOOP to be true or false, found "${text}"`)
}
