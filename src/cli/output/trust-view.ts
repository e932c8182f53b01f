import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { ProjectReport, ServerReport } from '../trust-here.ts'
import type { Style } from './style.ts'

/** What a project brings along, and whether it counts, for people. */
export const trustView = (report: ProjectReport, style: Style): string => {
  const { project, trusted_at, agents, workflows, servers } = report
  const part = (head: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', style.bold(head), ...lines.map((line) => `  ${line}`)]
  return [
    style.bold(sanitizeLine(project)),
    ...part(
      'Agents',
      agents.map(({ name, description, replaces_built_in: replaces }) =>
        withDetail(replaces ? `${name} (in place of Sparky's own)` : name, description),
      ),
    ),
    ...part('Workflows', workflows.map(sanitizeLine)),
    ...part(
      'MCP servers',
      servers.flatMap((server) => serverLines(server, style)),
    ),
    '',
    trusted_at === null
      ? `Not trusted: nothing of it is loaded. ${style.dim('"sparky trust" loads it.')}`
      : `Trusted. ${style.dim('"sparky trust --revoke" takes that back.')}`,
  ].join('\n')
}

const withDetail = (name: string, detail: string): string =>
  sanitizeLine(detail === '' ? name : `${name}: ${detail}`)

const serverLines = (
  { name, command, url, cwd, env, variables, since_trusted }: ServerReport,
  style: Style,
): string[] => {
  const place = command === null ? (url ?? 'neither a command nor a URL') : command.map(word).join(' ')
  const sets = Object.entries(env).map(([variable, value]) => word(`${variable}=${value}`))
  const changed = since_trusted === 'changed' || since_trusted === 'new'
  return [
    withDetail(name, place),
    ...(cwd === null ? [] : [sanitizeLine(`  in ${word(cwd)}`)]),
    ...(sets.length === 0 ? [] : [sanitizeLine(`  with ${sets.join(' ')}`)]),
    ...(variables.length === 0
      ? []
      : [style.yellow(sanitizeLine(`  gets ${variables.join(', ')} of the daemon's variables`))]),
    ...(changed
      ? [
          style.yellow(
            `  ${since_trusted === 'new' ? 'new' : 'changed'} since the project was trusted: not started`,
          ),
        ]
      : []),
  ]
}

/** As a shell would have it, so that it is seen where an argument ends. */
const word = (text: string): string =>
  /^[\w@%+=:,./~${}-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
