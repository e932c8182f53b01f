import type { FileProblem } from '../../protocol/agent.ts'
import type { Output } from './output.ts'
import { problemText } from './problem-text.ts'

/** What is wrong with files, beside a list of those that are right: a line for each; with `--json` one error object. */
export const tellProblems = (output: Output, problems: readonly FileProblem[]): void => {
  if (problems.length === 0) return
  const texts = problems.map(problemText)
  if (output.json) output.error({ code: 'usage', message: texts.join('; '), hint: null })
  else for (const text of texts) output.note(output.noteStyle.yellow(text))
}
