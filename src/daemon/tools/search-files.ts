import * as z from 'zod'
import { counted } from './counted.ts'
import { searchContent, searchNames, type SearchReport } from './search-tree.ts'
import { defineTool } from './tool.ts'
import { locate, workspaceOf } from './workspace.ts'

export const searchFiles = defineTool({
  name: 'search_files',
  description:
    'Searches the files below a folder: their contents for a regular expression (RE2 syntax, case-sensitive; start with ' +
    '"(?i)" to ignore case), or, with kind "name", their names for a glob such as "*.test.ts" or a part of the name. ' +
    'Leaves out binary files, .git, node_modules and what .gitignore names.',
  effect: 'pure',
  input: z.strictObject({
    pattern: z
      .string()
      .min(1)
      .max(1_000)
      .describe('What to search for: a regular expression; with kind "name" a glob or text.'),
    path: z
      .string()
      .max(4096)
      .optional()
      .describe('The folder or file to search, relative to the working directory. Default: all of it.'),
    glob: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe('Only files whose path matches, such as "*.ts" or "src/**/*.md".'),
    kind: z.enum(['content', 'name']).optional().describe('Search contents or names. Default: content.'),
  }),
  run: async ({ pattern, path = '.', glob, kind = 'content' }, context) => {
    const workspace = await workspaceOf(context)
    const start = await locate(workspace, path)
    const scope = { workspace, start, glob, signal: context.signal }
    const report =
      kind === 'content' ? await searchContent(pattern, scope) : await searchNames(pattern, scope)
    return {
      status: 'ok',
      text: [
        ...(report.lines.length === 0 ? [nothing(report)] : report.lines),
        ...report.notes.map((note) => `[${note}]`),
      ].join('\n'),
      readOn: 'Narrow the search with path or glob to see the rest.',
      details: { matches: report.lines.length, files_searched: report.searched, complete: report.complete },
    }
  },
})

const nothing = ({ searched }: SearchReport): string =>
  `Nothing found (${counted(searched, 'file')} looked at).`
