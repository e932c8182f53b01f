import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { runTool } from '../../../src/daemon/tools/run-tool.ts'
import { defineTool, type ToolContext, type ToolOutcome } from '../../../src/daemon/tools/tool.ts'
import { modelLimitChars } from '../../../src/daemon/tools/truncate.ts'
import { SparkyError } from '../../../src/protocol/failure.ts'
import { contextIn } from './tool-context.ts'

const toolThat = (run: (context: ToolContext) => Promise<ToolOutcome>) =>
  defineTool({
    name: 'probe',
    description: 'A probe.',
    effect: 'pure',
    input: z.strictObject({}),
    run: (_, context) => run(context),
  })

const run = (tool: ReturnType<typeof toolThat>, changes: Partial<ToolContext> = {}) =>
  runTool(tool, {}, contextIn('/', changes))

describe('runTool', () => {
  test('gives the reader the whole text and the model a cut one', async () => {
    const text = 'line of text\n'.repeat(10_000)
    const settled = await run(toolThat(async () => ({ status: 'ok', text, readOn: 'Ask for less.' })))
    expect(settled).toMatchObject({ status: 'ok', text, bytes: text.length })
    expect(settled.forModel.length).toBeLessThanOrEqual(modelLimitChars)
    expect(settled.forModel).toContain('Ask for less.')
  })

  test('gives the model its own face where the tool has made one', async () => {
    const settled = await run(toolThat(async () => ({ status: 'ok', text: 'long', forModel: 'short' })))
    expect(settled).toMatchObject({ text: 'long', forModel: 'short' })
  })

  test('turns whatever is thrown into an error with its code and hint', async () => {
    const known = await run(
      toolThat(() => Promise.reject(new SparkyError('not_found', 'no such thing', { hint: 'Look.' }))),
    )
    expect(known).toMatchObject({
      status: 'error',
      text: 'no such thing\nLook.',
      details: { code: 'not_found' },
    })
    const unknown = await run(toolThat(() => Promise.reject(new TypeError('boom'))))
    expect(unknown).toMatchObject({ status: 'error', text: 'boom', details: { code: 'internal' } })
  })

  test('replaces lone surrogates in both faces', async () => {
    const settled = await run(toolThat(async () => ({ status: 'ok', text: 'a\ud800b', forModel: '\udc00' })))
    expect(settled).toMatchObject({ text: 'a\ufffdb', forModel: '\ufffd' })
  })

  test('settles as interrupted when the signal aborts while it runs', async () => {
    const abort = new AbortController()
    const waiting = toolThat(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    )
    const settling = run(waiting, { signal: abort.signal })
    abort.abort(new SparkyError('limit_time', 'out of time'))
    expect(await settling).toMatchObject({ status: 'interrupted', text: 'interrupted: out of time' })
  })

  test('does not start a tool after the signal has aborted', async () => {
    let started = false
    const tool = toolThat(async () => {
      started = true
      return { status: 'ok', text: '' }
    })
    expect(await run(tool, { signal: AbortSignal.abort() })).toMatchObject({ status: 'interrupted' })
    expect(started).toBe(false)
  })

  test('keeps a result that was complete when the signal aborted', async () => {
    const abort = new AbortController()
    const tool = toolThat(async () => {
      abort.abort()
      return { status: 'ok', text: 'done' }
    })
    expect(await run(tool, { signal: abort.signal })).toMatchObject({ status: 'ok', text: 'done' })
  })

  test('leaves a tool behind that does not end after an abort', async () => {
    const abort = new AbortController()
    const settling = run(
      toolThat(() => new Promise(() => undefined)),
      { signal: abort.signal },
    )
    abort.abort()
    const settled = await settling
    expect(settled.status).toBe('interrupted')
    expect(settled.durationMs).toBeLessThan(4_000)
  })
})
