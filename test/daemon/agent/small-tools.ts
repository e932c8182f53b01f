import * as z from 'zod'
import { defineTool, type Tool } from '../../../src/daemon/tools/tool.ts'

/** What ran, in order: the tally that the tools themselves keep. */
export interface SmallTools {
  readonly tools: readonly Tool[]
  readonly tally: string[]
  /** Lets every call of `wait` go on. */
  open(): void
  /** Resolves when so many calls have started. */
  started(times: number): Promise<void>
}

/**
 * `look` reads, `put` is idempotent, `strike` must run once only, `wait` reads when it is let, `stuck` never ends
 * and does not care about the signal, `shell` starts a process that the test names.
 */
export const smallTools = (): SmallTools => {
  const tally: string[] = []
  const watchers: (() => void)[] = []
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const start = (entry: string): void => {
    tally.push(entry)
    for (const look of watchers) look()
  }
  const input = z.strictObject({ what: z.string().optional(), size: z.number().optional() })
  const tool = (name: string, effect: Tool['effect'], run: Tool<typeof input>['run']): Tool =>
    defineTool({
      name,
      description: `The tool ${name}`,
      effect,
      input,
      run: async (args, context) => {
        start(`${name} ${args.what ?? ''}`.trim())
        return run(args, context)
      },
    }) as unknown as Tool
  return {
    tally,
    open,
    started: (times) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (tally.length >= times) resolve()
        }
        watchers.push(look)
        look()
      }),
    tools: [
      tool('look', 'pure', async ({ what = 'nothing', size }) => ({
        status: 'ok',
        text: size === undefined ? `saw ${what}` : 'x'.repeat(size),
      })),
      tool('put', 'idempotent', async ({ what = '' }) => ({ status: 'ok', text: `put ${what}` })),
      tool('strike', 'once', async ({ what = '' }) => ({ status: 'ok', text: `struck ${what}` })),
      tool('wait', 'pure', async ({ what = '' }, { signal }) => {
        await Promise.race([
          gate,
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error))
          }),
        ])
        return { status: 'ok', text: `waited ${what}` }
      }),
      tool('stuck', 'once', () => new Promise(() => {})),
      tool('shell', 'once', async ({ what = '0' }, context) => {
        await context.started({ pid: Number(what), startTicks: '1' })
        return { status: 'ok', text: 'done' }
      }),
    ],
  }
}
