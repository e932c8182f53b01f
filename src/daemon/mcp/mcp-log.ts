/** What the room logs with; a pino logger fits. */
export interface McpLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
