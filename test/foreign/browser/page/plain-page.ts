import { openSocket, type BrowserSocket } from './browser-socket.ts'
import { doJobs } from './jobs.ts'

/** A page that has nothing of Sparky in it. */
const tools = {
  openSocket,
  /** What one job leaves for a later one. */
  kept: new Map<string, BrowserSocket>(),
}
export type PlainTools = typeof tools

void doJobs((globalThis as unknown as { control: string }).control, tools)
