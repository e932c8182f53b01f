import * as sparky from '../../../../src/client/client.ts'
import { doJobs } from './jobs.ts'

/** What went wrong unheard. */
const unheard: string[] = []

/** A page that has the library in it. */
const tools = { sparky, unheard, kept: new Map<string, unknown>() }
export type ClientTools = typeof tools

const page = globalThis as unknown as Page
page.addEventListener('error', ({ message }) => unheard.push(String(message)))
page.addEventListener('unhandledrejection', ({ reason }) => unheard.push(`unhandled: ${String(reason)}`))

void doJobs(page.control, tools)

interface Page {
  readonly control: string
  addEventListener(
    type: 'error' | 'unhandledrejection',
    listener: (event: { message?: unknown; reason?: unknown }) => void,
  ): void
}
