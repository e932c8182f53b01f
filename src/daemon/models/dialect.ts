import type { LanguageModelV3, SharedV3ProviderOptions } from '@ai-sdk/provider'

/** How Sparky talks with one provider: the AI SDK's model, and what the AI SDK does not tell. */
export interface Dialect {
  /** The AI SDK's model, making its requests by this `fetch`. */
  languageModel(modelId: string, fetch: typeof globalThis.fetch): LanguageModelV3
  /** Set where the API would otherwise take optional arguments of a tool for required ones. */
  readonly strictTools?: false
  providerOptions?(modelId: string): SharedV3ProviderOptions
  /**
   * Whether this event of the stream is the provider's own word that the reply is whole. The AI SDK reports a
   * finish of its own making after a connection that was cut cleanly, so its word does not count.
   */
  isFinish(event: unknown): boolean
}

/** A member of an event, whatever the event is; undefined where there is none. */
export const member = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  )
