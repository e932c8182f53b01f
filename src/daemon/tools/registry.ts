import * as z from 'zod'
import { addTask } from './add-task.ts'
import { currentTime } from './current-time.ts'
import { delegate } from './delegate.ts'
import { editFile } from './edit-file.ts'
import { fetchUrl } from './fetch-url.ts'
import { getTask } from './get-task.ts'
import { listDirectory } from './list-directory.ts'
import { listTasks } from './list-tasks.ts'
import { present } from './present.ts'
import { readFile } from './read-file.ts'
import { runCommand } from './run-command.ts'
import { searchFiles } from './search-files.ts'
import type { ToolOffer, Effect, Tool, ToolSettings } from './tool.ts'
import { webSearch } from './web-search.ts'
import { writeFile } from './write-file.ts'

/** The tools that come with Sparky, in the order in which they are listed and offered. */
export const builtInTools: readonly Tool[] = [
  currentTime,
  listDirectory,
  readFile,
  searchFiles,
  writeFile,
  editFile,
  runCommand,
  fetchUrl,
  webSearch,
  addTask,
  listTasks,
  getTask,
  delegate,
  present,
]

/** The tools that an agent gets under this configuration. */
export const offeredTools = (settings: ToolSettings): readonly Tool[] =>
  builtInTools.filter((tool) => isAvailable(tool, settings))

/** A tool as the model is told of it. Made once a tool. */
export const toolOffer = (tool: Tool): ToolOffer => {
  const offer = offers.get(tool) ?? offerOf(tool)
  offers.set(tool, offer)
  return offer
}

const offers = new WeakMap<Tool, ToolOffer>()

const offerOf = (tool: Tool): ToolOffer => {
  const { $schema: _, ...inputSchema } = tool.inputSchema ?? jsonSchemaOf(tool.input)
  return { name: tool.name, description: tool.description, inputSchema }
}

/**
 * JSON Schema draft 7 in the keywords that every provider takes. Made once, as it takes its time, also for tools that
 * differ in what they say alone.
 */
const jsonSchemaOf = (input: z.ZodObject): Record<string, unknown> => {
  const known = jsonSchemas.get(input)
  if (known !== undefined) return known
  const made = z.toJSONSchema(input, { target: 'draft-7', io: 'input' })
  jsonSchemas.set(input, made)
  return made
}

const jsonSchemas = new WeakMap<z.ZodObject, Record<string, unknown>>()

/** A row of `sparky tools list`. */
export interface CatalogueRow {
  readonly name: string
  readonly description: string
  readonly effect: Effect
  readonly available: boolean
  /** What is missing, and how to mend it; only where the tool is not available. */
  readonly why_not?: string
  readonly input_schema: Record<string, unknown>
}

/** Every built-in tool, also those that are not available. */
export const toolCatalogue = (settings: ToolSettings): readonly CatalogueRow[] =>
  builtInTools.map((tool) => {
    const available = isAvailable(tool, settings)
    return {
      name: tool.name,
      description: tool.description,
      effect: tool.effect,
      available,
      ...(available || tool.whyNot === undefined ? {} : { why_not: tool.whyNot }),
      input_schema: toolOffer(tool).inputSchema,
    }
  })

const isAvailable = (tool: Tool, settings: ToolSettings): boolean => tool.available?.(settings) ?? true
