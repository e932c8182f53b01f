import { expect, onTestFinished } from 'vitest'
import type { Event, EventOf, EventType } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import {
  startModelServer,
  type ModelServer,
  type Script,
  type ScriptedReply,
  type WireProvider,
} from './model-server.ts'
import { streamOf } from './model-streams.ts'
import type { WireApi } from './model-wire.ts'
import { newSparky, type Sparky } from './sparky.ts'

export const providers = ['google', 'openai', 'anthropic', 'ollama'] as const satisfies WireProvider[]
export const keyedProviders = ['google', 'openai', 'anthropic'] as const

export interface ProviderHome {
  readonly server: ModelServer
  readonly sparky: Sparky
}

/** A home whose tasks think with a scripted server of one provider. Both end with the test. */
export const homeWith = async (
  provider: WireProvider,
  replies: Script,
  extraEnv: (server: ModelServer) => Readonly<Record<string, string>> = () => ({}),
): Promise<ProviderHome> => {
  const server = await startModelServer({ replies })
  onTestFinished(() => server.close())
  return { server, sparky: newSparky({ ...server.environment(provider), ...extraEnv(server) }) }
}

/** The variables that hold a provider's key and address. */
export const variablesOf: Readonly<Record<WireProvider, { readonly key: string; readonly address: string }>> =
  {
    google: { key: 'GEMINI_API_KEY', address: 'GOOGLE_GEMINI_BASE_URL' },
    openai: { key: 'OPENAI_API_KEY', address: 'OPENAI_BASE_URL' },
    anthropic: { key: 'ANTHROPIC_API_KEY', address: 'ANTHROPIC_BASE_URL' },
    ollama: { key: '', address: 'OLLAMA_HOST' },
  }

/** A task that was run to its end, and all that happened in it. */
export interface Story {
  readonly exitCode: number | undefined
  readonly stderr: string
  readonly task: Task
  readonly events: readonly Event[]
  of<T extends EventType>(type: T): EventOf<T>[]
}

export const tell = async (sparky: Sparky, prompt: string, args: readonly string[] = []): Promise<Story> => {
  const { exitCode, stdout, stderr } = await sparky.run(['run', '--json', ...args, prompt])
  expect(stdout, stderr).not.toBe('')
  const task = JSON.parse(stdout) as Task
  const events = await sparky.events(task.number)
  return {
    exitCode,
    stderr,
    task,
    events,
    of: <T extends EventType>(type: T) => events.filter((event): event is EventOf<T> => event.type === type),
  }
}

/** A reply whose stream ends cleanly, all of it sent, right before the provider says that it is whole. */
export const cutBeforeFinish = (api: WireApi, reply: ScriptedReply): ScriptedReply => {
  const events = streamOf(api, reply, 'model')
  const finish = events.findIndex((event) => /"finishReason":|"finish_reason":"|message_delta/.test(event))
  return { ...reply, cutAfterBytes: Buffer.byteLength(events.slice(0, finish).join('')) }
}
