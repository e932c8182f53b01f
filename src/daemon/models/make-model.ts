import { defaultCallLimits, watchedFetch, type CallLimits } from './call-watch.ts'
import { checkConfigured } from './choose-model.ts'
import type { Dialect } from './dialect.ts'
import type { FailureContext } from './failures.ts'
import { nameOf, type ModelName } from './model-name.ts'
import type { Model } from './model.ts'
import { costOf } from './prices.ts'
import type { ModelSettings } from './provider-settings.ts'
import { streamReply, type CallSetup } from './stream-reply.ts'

/**
 * The model behind a name. Loads its provider's library, and no other, the first time it is needed. Throws
 * `model_not_configured` where the provider's settings do not suffice. Calls may run side by side; connections are
 * kept and used again by the next call.
 */
export const makeModel = async (
  model: ModelName,
  settings: ModelSettings,
  limits: Partial<CallLimits> = {},
): Promise<Model> => {
  checkConfigured(model, settings)
  if (model.provider === 'offline') return (await import('./offline-demo.ts')).offlineDemoModel
  const name = nameOf(model)
  const dialect = await loadDialect(model.provider, settings)
  const call: CallSetup = {
    model,
    languageModel: dialect.languageModel(model.modelId, watchedFetch),
    dialect,
    limits: { ...defaultCallLimits, ...limits },
    failure: failureContext(model, settings),
  }
  return {
    name,
    stream: (request) => streamReply(call, request),
    cost: (usage) => costOf(name, usage),
  }
}

const loadDialect = async (
  provider: Exclude<ModelName['provider'], 'offline'>,
  settings: ModelSettings,
): Promise<Dialect> => {
  switch (provider) {
    case 'google':
      return (await import('./google.ts')).googleDialect(settings.google)
    case 'anthropic':
      return (await import('./anthropic.ts')).anthropicDialect(settings.anthropic)
    case 'openai': {
      const { baseUrl, apiKey } = settings.openai
      return baseUrl === null
        ? (await import('./openai.ts')).openaiDialect(settings.openai)
        : (await import('./compatible.ts')).compatibleDialect({ baseUrl, apiKey })
    }
    case 'ollama': {
      const { baseUrl } = settings.ollama
      return (await import('./compatible.ts')).compatibleDialect({ baseUrl, apiKey: null })
    }
  }
}

const failureContext = (model: ModelName, settings: ModelSettings): FailureContext => {
  const keyed = model.provider === 'offline' || model.provider === 'ollama' ? null : settings[model.provider]
  return {
    model,
    keyName: keyed?.keyName ?? null,
    baseUrl: keyed === null ? settings.ollama.baseUrl : keyed.baseUrl,
    secrets: settings.secrets,
  }
}
