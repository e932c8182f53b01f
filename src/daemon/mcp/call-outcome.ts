import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client'
import type { Json } from '../../protocol/task.ts'
import type { ToolOutcome } from '../tools/tool.ts'

/** Facts for programs stand in an event; what is larger stands in the text only. */
const maxDetailsLength = 16 * 1024

/** What a server answered, as text: what is no text is named with its kind and its size. */
export const callOutcome = ({ content, isError, structuredContent }: CallToolResult): ToolOutcome => {
  const text = content.map(textOf).join('\n')
  const structured = structuredContent === undefined ? undefined : JSON.stringify(structuredContent)
  const isSmall = structured !== undefined && structured.length <= maxDetailsLength
  return {
    status: isError === true ? 'error' : 'ok',
    text: text === '' ? (structured ?? '(no output)') : text,
    details: {
      ...(isError === true ? { code: 'tool_failed' } : {}),
      ...(isSmall ? { structured_content: JSON.parse(structured) as Json } : {}),
    },
  }
}

const textOf = (block: ContentBlock): string => {
  switch (block.type) {
    case 'text':
      return block.text
    case 'image':
    case 'audio':
      return `[${block.type} ${block.mimeType}, ${sizeOf(block.data)}]`
    case 'resource_link':
      return `[resource ${block.uri}${block.name === block.uri ? '' : ` (${block.name})`}]`
    case 'resource': {
      const { resource } = block
      if ('text' in resource) return `[resource ${resource.uri}]\n${resource.text}`
      return `[resource ${resource.uri} ${resource.mimeType ?? 'of no known type'}, ${sizeOf(resource.blob)}]`
    }
    default:
      return `[${String((block as { type: unknown }).type)}]`
  }
}

const sizeOf = (base64: string): string => {
  const bytes = Math.floor((base64.replace(/=+$/, '').length * 3) / 4)
  return bytes < 1_000 ? `${bytes} bytes` : `${Math.round(bytes / 1_000)} kB`
}
