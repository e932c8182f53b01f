/**
 * How many tokens a model takes in one prompt, by how its name begins; the first that fits counts.
 *
 * Sources: Anthropic, platform.claude.com/docs/en/about-claude/models/overview (some have 1M, not for everybody); OpenAI,
 * platform.openai.com/docs/models (of GPT-5's 400,000, 128,000 are for its reply); Google,
 * ai.google.dev/gemini-api/docs/models. As of 2026-11. What Ollama takes depends on how it was started and on its memory:
 * 4,096 to 262,144 by default, of which its documentation calls 64,000 the least for agents; beyond it the beginning is
 * cut off in silence, so less is assumed here.
 */
const windows: readonly (readonly [begin: string, tokens: number])[] = [
  ['anthropic/claude-', 200_000],
  ['openai/gpt-5', 272_000],
  ['openai/gpt-4.1', 1_047_576],
  ['openai/gpt-4o', 128_000],
  ['openai/o', 200_000],
  ['google/gemini-', 1_048_576],
  ['ollama/', 32_000],
]

/** What most models of today take at least. */
const usualWindow = 128_000

/** `configured` is what the user says, for all models; null where nothing. */
export const contextWindow = (model: string, configured: number | null): number =>
  configured ?? windows.find(([begin]) => model.startsWith(begin))?.[1] ?? usualWindow
