import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { runShell } from '../../../src/daemon/tools/run-shell.ts'
import { runTool, type SettledTool } from '../../../src/daemon/tools/run-tool.ts'
import type { StartedProcess, Tool, ToolContext } from '../../../src/daemon/tools/tool.ts'
import type { Json } from '../../../src/protocol/task.ts'

/** A new folder, gone after the test. */
export const newFolder = async (): Promise<string> => {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'sparky-tools-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface Watched {
  readonly shown: string[]
  readonly processes: StartedProcess[]
}

export const contextIn = (cwd: string, changes: Partial<ToolContext> = {}): ToolContext & Watched => {
  const shown: string[] = []
  const processes: StartedProcess[] = []
  return {
    signal: new AbortController().signal,
    cwd,
    environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    runShell,
    queue: {
      add: () => Promise.reject(new Error('this test has no queue')),
      list: () => Promise.reject(new Error('this test has no queue')),
      get: () => Promise.reject(new Error('this test has no queue')),
    },
    search: null,
    callId: 'call_1',
    output: (text) => shown.push(text),
    started: async (process) => {
      processes.push(process)
    },
    noted: async () => {},
    ...changes,
    shown,
    processes,
  }
}

/** Runs a tool in a folder as the agent does. */
export const call = (
  tool: Tool,
  cwd: string,
  args: Json,
  changes: Partial<ToolContext> = {},
): Promise<SettledTool> => runTool(tool, args, contextIn(cwd, changes))
