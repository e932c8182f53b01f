import { statSync } from 'node:fs'
import type { FileProblem } from '../../protocol/agent.ts'
import { projectPaths, type Project } from './find-project.ts'
import type { Trust } from './trust.ts'

/** What a project brings along that does not count, because the user has not trusted it; null where nothing is. */
export const untrusted = (project: Project, trust: Trust): FileProblem | null => {
  const { agents, workflows, mcp } = projectPaths(project)
  const brings = [
    isThere(agents) && 'agents',
    isThere(workflows) && 'workflows',
    isThere(mcp) && 'MCP servers',
  ].filter((what) => what !== false)
  if (brings.length === 0 || trust.isTrusted(project)) return null
  const message = `this project's ${listed(brings)} are not loaded: "sparky trust" there shows and loads them`
  return { file: project.root, line: null, message }
}

const isThere = (place: string): boolean => {
  try {
    return statSync(place, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
