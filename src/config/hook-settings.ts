import type { Config, HookConfig } from '../protocol/config.ts'

/** The statuses whose coming a hook can be called for. */
export const hookNames = ['completed', 'failed', 'waiting'] as const
export type HookName = (typeof hookNames)[number]

/** What is called; nothing where both are null. */
export interface Hook {
  /** A command line for the shell. */
  readonly command: string | null
  readonly url: string | null
  /** How long the command, and each request to the URL, may take. */
  readonly timeoutMs: number
}

export type HookSettings = Readonly<Partial<Record<HookName, Hook>>>

const defaultTimeoutS = 30

/** The hooks of a configuration, in one form however they are written there. */
export const hookSettings = (config: Config['hooks'] = {}): HookSettings =>
  Object.fromEntries(
    hookNames.flatMap((name) => {
      const hook = config[name] === undefined ? undefined : hookOf(config[name])
      return hook === undefined || (hook.command === null && hook.url === null) ? [] : [[name, hook]]
    }),
  )

const hookOf = (config: HookConfig): Hook => {
  const { command, url, timeout_s: timeoutS } = typeof config === 'string' ? ofText(config) : config
  return { command: command ?? null, url: url ?? null, timeoutMs: (timeoutS ?? defaultTimeoutS) * 1000 }
}

const ofText = (text: string): Exclude<HookConfig, string> =>
  /^https?:\/\//.test(text) ? { url: text } : { command: text }
