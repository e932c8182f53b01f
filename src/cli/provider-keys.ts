import type { DaemonAccess } from './daemon-access.ts'
import { restartDaemon } from './restart-daemon.ts'
import type { Output } from './output/output.ts'

/** The variables that may hold each provider's key. */
const keyVariables = {
  google: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
  openai: ['OPENAI_API_KEY'],
  anthropic: ['ANTHROPIC_API_KEY'],
  tavily: ['TAVILY_API_KEY'],
  brave: ['BRAVE_API_KEY'],
} as const

/**
 * Keys are the daemon's, from the environment of whoever started it. Where this shell has one that the daemon
 * lacks, an idle daemon is restarted with it; for a busy one a person is told to.
 */
export const bringKeys = async (
  daemon: DaemonAccess,
  env: NodeJS.ProcessEnv,
  output: Output,
): Promise<void> => {
  // The file is at hand, and lists the keys at the daemon's start; one may have been configured since.
  if (missingKeys(env, daemon.find()?.keys).length === 0) return
  const status = await daemon.status()
  const missing = missingKeys(env, status?.keys)
  if (status === null || missing.length === 0) return
  const names = missing.join(', ')
  if (status.tasks.in_progress > 0) {
    output.note(
      output.noteStyle.yellow(
        `The daemon was started without ${names} and is busy: "sparky agent restart" lets it use what this shell has.`,
      ),
    )
    return
  }
  const lost = status.keys.filter((name) => !name.includes('.') && !env[name]?.trim())
  const cost =
    lost.length === 0 ? '' : ` It loses ${lost.join(', ')}: "sparky config set" keeps keys for good.`
  output.note(
    output.noteStyle.yellow(
      `The daemon was started without ${names}: restarting it, so that it can use what this shell has.${cost}`,
    ),
  )
  await restartDaemon(daemon)
}

/** Variables of this shell for providers that a daemon with `daemonKeys` has no key for. Exported for tests. */
export const missingKeys = (env: NodeJS.ProcessEnv, daemonKeys: readonly string[] | undefined): string[] => {
  if (daemonKeys === undefined) return []
  return Object.entries(keyVariables).flatMap(([provider, variables]) => {
    const inShell = variables.find((name) => env[name]?.trim())
    const inDaemon = [`providers.${provider}.api_key`, ...variables].some((name) => daemonKeys.includes(name))
    return inShell === undefined || inDaemon ? [] : [inShell]
  })
}
