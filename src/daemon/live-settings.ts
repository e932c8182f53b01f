import { isDeepStrictEqual } from 'node:util'
import { daemonSettings, type DaemonFlags, type DaemonSettings } from '../config/settings.ts'
import { openUserConfig, type UserConfig } from '../config/user-config.ts'
import type { Config } from '../protocol/config.ts'
import { SparkyError } from '../protocol/failure.ts'
import { ModelSource } from './model-source.ts'

interface LiveSettingsOptions {
  readonly home: string
  readonly flags: DaemonFlags
  readonly env: NodeJS.ProcessEnv
}

interface SettingsListeners {
  readonly onApplied: () => void
  readonly onRefused: (reason: string) => void
}

/**
 * What the daemon goes by at this moment: a changed configuration counts at once, except for where the daemon
 * listens. One that is not valid changes nothing.
 */
export class LiveSettings {
  readonly models: ModelSource
  readonly #options: LiveSettingsOptions
  readonly userConfig: UserConfig
  #config: Config
  #current: DaemonSettings
  /** Settles when what was last seen counts. */
  #applied: Promise<void> = Promise.resolve()
  #onApplied = (): void => {}

  /** Throws `usage` where a flag, a variable or the configuration file is wrong. */
  constructor(options: LiveSettingsOptions) {
    const { home, flags, env } = options
    this.#options = options
    this.userConfig = openUserConfig(home)
    this.#config = this.userConfig.all()
    this.#current = daemonSettings(flags, env, this.#config)
    this.models = new ModelSource({ env, config: this.#config, flag: flags.model ?? null })
  }

  get current(): DaemonSettings {
    return this.#current
  }

  /** The configuration that counts. */
  get config(): Config {
    return this.#config
  }

  /** Returns the undo. */
  follow({ onApplied, onRefused }: SettingsListeners): () => void {
    this.#onApplied = onApplied
    return this.userConfig.onChange((changed) => {
      if (changed instanceof SparkyError) onRefused(changed.message)
      else void this.#apply(changed)
    })
  }

  /** Resolves when what the file says now counts. Rejects with `usage` where that is not valid. */
  applyNow(): Promise<void> {
    return this.#apply(this.userConfig.all())
  }

  /** What is noticed twice, by who wrote it and by who watches the file, counts once. */
  #apply(config: Config): Promise<void> {
    if (isDeepStrictEqual(config, this.#config)) return this.#applied
    this.#config = config
    this.#current = daemonSettings(this.#options.flags, this.#options.env, config)
    this.#applied = this.models.configure(config).then(() => this.#onApplied())
    return this.#applied
  }
}
