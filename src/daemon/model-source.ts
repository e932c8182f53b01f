import type { Config } from '../protocol/config.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { TaskEnvironment } from '../protocol/task-environment.ts'
import { chooseModel, type ChosenModel } from './models/choose-model.ts'
import { nameOf, parseModelName } from './models/model-name.ts'
import { makeModel } from './models/make-model.ts'
import type { Model } from './models/model.ts'
import { ollamaProbe, type OllamaProbe } from './models/ollama.ts'
import { providerSettings, type ModelSettings } from './models/provider-settings.ts'

/** A model as a person named it, as `provider/model`. Throws `usage` for what is no name of a model. */
export const modelName = (name: string): string => {
  try {
    return nameOf(parseModelName(name))
  } catch (error) {
    throw new SparkyError('usage', error instanceof Error ? error.message : String(error), { cause: error })
  }
}

interface ModelSourceOptions {
  readonly env: NodeJS.ProcessEnv
  readonly config: Config
  /** `--model` of the daemon. */
  readonly flag: string | null
}

/** Which model a task gets, from its own wish, its shell's, the daemon's and the configuration's. */
export class ModelSource {
  readonly #env: NodeJS.ProcessEnv
  readonly #flag: string | null
  readonly #made = new Map<string, Promise<Model>>()
  #config: Config
  #settings: ModelSettings
  #ollama: OllamaProbe
  #defaultName = 'offline/demo'

  constructor({ env, config, flag }: ModelSourceOptions) {
    this.#env = env
    this.#flag = flag
    this.#config = config
    this.#settings = providerSettings(env, config)
    this.#ollama = ollamaProbe({ baseUrl: this.#settings.ollama.baseUrl })
  }

  get settings(): ModelSettings {
    return this.#settings
  }

  /** `provider/model` of a task that wishes for nothing, as last seen. */
  get defaultName(): string {
    return this.#defaultName
  }

  /** From now on another configuration counts. Calls under way keep their model. */
  async configure(config: Config): Promise<void> {
    this.#config = config
    this.#settings = providerSettings(this.#env, config)
    this.#ollama = ollamaProbe({ baseUrl: this.#settings.ollama.baseUrl })
    this.#made.clear()
    await this.refreshDefault()
  }

  /** Never rejects: a wish that cannot be met is shown as it is. */
  async refreshDefault(): Promise<void> {
    const wished = this.#flag ?? this.#env['AGENT_MODEL'] ?? this.#config.model
    this.#defaultName = await this.#choose({ model: null, environment: {} }).then(
      ({ name }) => name,
      () => wished ?? 'offline/demo',
    )
  }

  /** Rejects with `model_not_found` or `model_not_configured`. */
  async modelFor(wish: {
    readonly model: string | null
    readonly environment: TaskEnvironment
  }): Promise<Model> {
    const chosen = await this.#choose(wish)
    const made = this.#made.get(chosen.name) ?? makeModel(chosen, this.#settings)
    this.#made.set(chosen.name, made)
    made.catch(() => this.#made.delete(chosen.name))
    return made
  }

  #choose({
    model,
    environment,
  }: {
    model: string | null
    environment: TaskEnvironment
  }): Promise<ChosenModel> {
    const wishes = [
      { name: model, from: '--model' },
      { name: environment.AGENT_MODEL, from: 'AGENT_MODEL' },
      { name: this.#flag, from: '--model of the daemon' },
      { name: this.#env['AGENT_MODEL'], from: 'AGENT_MODEL of the daemon' },
      { name: this.#config.model, from: 'configuration' },
    ]
    return chooseModel(wishes, this.#settings, this.#ollama)
  }
}
