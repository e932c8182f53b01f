import { daemonSettings, type DaemonFlags, type DaemonSettings } from '../config/settings.ts'
import { openUserConfig, type UserConfig } from '../config/user-config.ts'
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
  readonly #userConfig: UserConfig
  #current: DaemonSettings

  /** Throws `usage` where a flag, a variable or the configuration file is wrong. */
  constructor(options: LiveSettingsOptions) {
    const { home, flags, env } = options
    this.#options = options
    this.#userConfig = openUserConfig(home)
    const config = this.#userConfig.all()
    this.#current = daemonSettings(flags, env, config)
    this.models = new ModelSource({ env, config, flag: flags.model ?? null })
  }

  get current(): DaemonSettings {
    return this.#current
  }

  /** Returns the undo. */
  follow({ onApplied, onRefused }: SettingsListeners): () => void {
    return this.#userConfig.onChange((changed) => {
      if (changed instanceof SparkyError) return onRefused(changed.message)
      this.#current = daemonSettings(this.#options.flags, this.#options.env, changed)
      void this.models.configure(changed).then(onApplied)
    })
  }
}
