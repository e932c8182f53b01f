import { toFailure } from '../../protocol/failure.ts'
import type { Context } from '../context.ts'
import { inspectHere, type ModelReport, type ToolRow } from '../inspect-here.ts'
import { plural } from '../output/amounts.ts'
import { fail, ok, warn, type Check } from './check.ts'

/** Which model would be used, whether its provider takes the key, and whether agents can search the web. */
export const checkProviders = async (context: Context): Promise<Check[]> => {
  try {
    const inspect = await inspectHere(context)
    return [...modelChecks(await inspect.models(), context.shell.env), ...searchChecks(inspect.tools())]
  } catch (error) {
    const { message, hint } = toFailure(error)
    return [fail('models', message, hint ?? 'mend the configuration first')]
  }
}

const howToConfigure = 'set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY, or run Ollama'

/** Exported for tests. */
export const modelChecks = ({ chosen, problem, providers }: ModelReport, env: NodeJS.ProcessEnv): Check[] => [
  chosenCheck(chosen, problem),
  ...providers
    .filter(({ provider, configured, key_name }) => {
      if (provider === 'offline') return false
      return configured || key_name !== null || (provider === 'ollama' && Boolean(env['OLLAMA_HOST']))
    })
    .map(providerCheck),
]

const chosenCheck = (chosen: ModelReport['chosen'], problem: string | null): Check => {
  if (chosen === null) return fail('model', problem ?? 'none can be had', howToConfigure)
  const message = `${chosen.name} (${chosen.why})`
  if (chosen.name.startsWith('offline/'))
    return warn('model', `${message}: a stand-in, and no language model`, howToConfigure)
  return ok('model', message)
}

const providerCheck = (row: ModelReport['providers'][number]): Check => {
  const { provider, key_name, key_accepted, reachable, models, problem } = row
  const source = key_name === null ? '' : `, key from ${key_name}`
  if (key_accepted === false)
    return fail(provider, problem ?? 'the key is not accepted', `check ${key_name ?? 'the key'}`)
  if (reachable === false)
    return warn(provider, problem ?? 'does not answer', 'check the network, proxy and base URL')
  if (problem !== null) return warn(provider, problem, `check the settings of ${provider}`)
  return ok(
    provider,
    `${key_accepted === true ? 'key accepted' : 'answers'}, ${plural(models.length, 'model')}${source}`,
  )
}

const searchChecks = (tools: readonly ToolRow[]): Check[] =>
  tools
    .filter(({ name }) => name === 'web_search')
    .map(({ available, why_not }) =>
      available
        ? ok('search', 'configured')
        : warn(
            'search',
            'not configured, so agents cannot search the web',
            why_not ?? 'set TAVILY_API_KEY, BRAVE_API_KEY or SEARXNG_URL',
          ),
    )
