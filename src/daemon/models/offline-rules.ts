import type { Json } from '../../protocol/task.ts'

/** A call that the offline demo makes, and how its answer begins. */
export interface DemoAction {
  readonly tool: string
  readonly input: Record<string, Json>
  readonly lead: string
}

/**
 * What a request asks for, by fixed rules that know a few phrasings; null where they do not. Several requests may be
 * joined by "then" or stand on lines of their own; all of them must be understood.
 */
export const demoActions = (text: string): readonly DemoAction[] | null => {
  if (text.length > maxChars) return null
  const parts = text.split(/[.;,]?\s+(?:and )?then\s+|\n+/i).filter((part) => part.trim() !== '')
  const each = parts.map(demoAction)
  if (parts.length > 0 && each.every((action) => action !== null)) return each
  const whole = demoAction(text)
  return whole === null ? null : [whole]
}

/** Simple requests are short, and the rules are not made for long ones. */
const maxChars = 10_000

const demoAction = (text: string): DemoAction | null => {
  const request = text.trim().replace(/^(please|can you|could you|would you)\s+/i, '')
  for (const rule of [runCommand, writeFile, searchFiles, listDirectory, currentTime, readFile]) {
    const action = rule(request)
    if (action !== null) return action
  }
  return null
}

type Rule = (request: string) => DemoAction | null

const runCommand: Rule = (request) => {
  const command = match(
    request,
    /^(?:run|execute)\s+(?:(?:the\s+)?(?:shell\s+)?command\s*:?|:)\s*(?<command>.+)$/is,
  )
  return command === null
    ? null
    : { tool: 'run_command', input: { command: unquote(command['command']) }, lead: 'The command says:' }
}

const writeFile: Rule = (request) => {
  const found =
    match(
      request,
      /^(?:write|save|put)\s+(?<content>.+)\s+(?:in)?to\s+(?:(?:a|the)\s+)?(?:file\s+)?(?<path>\S+|"[^"]+")$/is,
    ) ??
    match(
      request,
      /^(?:create|write)\s+(?:(?:a|the)\s+)?file\s+(?<path>\S+|"[^"]+")\s+(?:with|containing)\s+(?<content>.+)$/is,
    )
  if (found === null) return null
  const path = pathOf(found['path'])
  const content = unquote(found['content']?.replace(/^(?:the\s+)?text:?\s+(?=["'“‘])/i, ''))
  return { tool: 'write_file', input: { path, content }, lead: 'Done.' }
}

const searchFiles: Rule = (request) => {
  const found = match(request, searchQuoted) ?? match(request, searchPlain)
  if (found === null) return null
  const path = folderOf(found['where'])
  const pattern = escapeRegex(unquote(found['text']?.replace(/[.?!]$/, '')))
  return { tool: 'search_files', input: { pattern, ...(path !== '.' && { path }) }, lead: 'Found:' }
}

const searchQuoted =
  /^(?:search|look|grep|find)(?:\s+(?:in|all|the|files|for|text))*\s+(?<text>"[^"]+"|'[^']+'|`[^`]+`)(?:\s+(?:in|below|under)\s+(?<where>.+))?$/is
const searchPlain =
  /^(?:search|look|grep|find)(?:\s+(?:in|all|the|files))*\s+for\s+(?:the\s+text\s+)?(?<text>.+?)(?:\s+(?:in|below|under)\s+(?<where>.+))?$/is

const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)

const listDirectory: Rule = (request) => {
  const found = match(
    request,
    /^(?<verb>list|ls|show)\b(?<filler>(?:\s+(?:me|all|the|of|and|in|from|below|under|inside|files?|folders?|director(?:y|ies)|contents?|everything|recursively)(?=\s|$))*)\s*(?<where>.*)$/is,
  )
  if (found === null) return null
  const { verb = '', filler = '', where = '' } = found
  // "Show README.md" is a file to read, "show the files" is not.
  if (/show/i.test(verb) && !/file|folder|director/i.test(filler)) return null
  const isRecursive = /\brecursively\b/i.test(request)
  const folder = where.replace(/,?\s*\brecursively\b/i, '').trim()
  const path = folderOf(folder)
  const isPath = !/\s/.test(path) || folder !== unquote(folder)
  if (!isPath) return null
  return {
    tool: 'list_directory',
    input: { ...(path !== '.' && { path }), ...(isRecursive && { recursive: true }) },
    lead: path === '.' ? 'The current directory has:' : `${path} has:`,
  }
}

const currentTime: Rule = (request) => {
  const found = match(
    withoutMark(request).replace(/\s+/g, ' '),
    /^(?:what(?:['’]s| is| are)? |tell me |show me |give me |get )?(?:the )?(?:current |exact |local |today['’]?s )?(?:date|time|day|weekday)(?: and (?:the )?(?:current )?(?:date|time))?(?: (?:is it|is today|is|now|today|right now))*(?: in (?<timezone>UTC|\w+\/[\w/+-]+))?$/i,
  )
  if (found === null) return null
  const { timezone } = found
  return {
    tool: 'current_time',
    input: timezone === undefined ? {} : { timezone },
    lead: 'The current date and time is',
  }
}

const readFile: Rule = (request) => {
  const found = match(
    withoutMark(request),
    /^(?:read|show|open|print|cat|display)(?:\s+(?:me|the|contents?|of|file))*\s+(?<path>"[^"]+"|'[^']+'|`[^`]+`|\S+)$/i,
  )
  if (found === null) return null
  const path = unquote(found['path'])
  return { tool: 'read_file', input: { path }, lead: `${path} says:` }
}

const match = (text: string, pattern: RegExp): Record<string, string | undefined> | null =>
  pattern.exec(text)?.groups ?? null

/** Without the mark that ends a sentence; a path may end in one as well, but then it is quoted. */
const withoutMark = (text: string): string => text.trim().replace(/[.?!]+$/, '')

const unquote = (text = ''): string => {
  const trimmed = text.trim()
  return /^(["'`]).*\1$/s.test(trimmed) || /^[“‘].*[”’]$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed
}

const pathOf = (text: string | undefined): string => unquote(withoutMark(text ?? ''))

/** `.` for every way to say "here". */
const folderOf = (text: string | undefined): string => {
  const path = pathOf(text)
    .replace(/^(?:the\s+)?(?:(?:directory|folder)\s+)?/i, '')
    .replace(/\s+(?:directory|folder)$/i, '')
  return /^(?:|\.\/?|(?:all\s+)?files|here|this|current|(?:this|current|working)\s*(?:working)?)$/i.test(path)
    ? '.'
    : path
}
