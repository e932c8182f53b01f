import { describe, expect, it } from 'vitest'
import { checkAnswers, filledPrompt } from '../../../src/daemon/queue/answer-template.ts'
import type { RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import type { SparkyError } from '../../../src/protocol/failure.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { openQueue, type TestQueue } from '../../support/queue.ts'
import { aTask } from '../../support/task.ts'

const answered = (number: number, answer: string): Task =>
  aTask({ number, status: 'completed', response_payload: { answer, data: null } })

const filled = (prompt: string, ...others: Task[]): string | undefined => {
  const task = aTask({ number: 99, prompt, depends_on: others.map(({ id }) => id) })
  return filledPrompt(task, (id) => others.find((other) => other.id === id)).request_payload?.prompt
}

describe('filledPrompt', () => {
  it('puts in the answers of tasks named by number, id or the beginning of the id', () => {
    const task = answered(7, 'seven')
    expect(filled(`{{task.7.answer}}, {{ task.${task.id}.answer }}, {{task.0000.answer}}`, task)).toBe(
      'seven, seven, seven',
    )
  })

  it('takes an answer as text, whatever it looks like', () => {
    const tasks = [answered(1, "$& $1 $` $' {{task.2.answer}}"), answered(2, 'secret')]
    expect(filled('<{{task.1.answer}}>', ...tasks)).toBe("<$& $1 $` $' {{task.2.answer}}>")
  })

  it('says plainly that a task has failed or was cancelled', () => {
    const error = { code: 'internal', message: 'no luck', retryable: false } as const
    expect(filled('{{task.1.answer}}', aTask({ number: 1, status: 'failed', error }))).toBe(
      '(task 1 failed: no luck)',
    )
    expect(filled('{{task.1.answer}}', aTask({ number: 1, status: 'cancelled' }))).toBe(
      '(task 1 was cancelled)',
    )
  })

  it('leaves everything else between braces alone, and an escaped reference without its escape', () => {
    for (const prompt of ['{{task.foo.bar}}', '{{task.1}}', '{task.1.answer}', '{{ name }}', '{{']) {
      expect(filled(prompt, answered(1, 'x'))).toBeUndefined()
    }
    expect(filled(String.raw`\{{task.1.answer}} {{task.1.answer}}`, answered(1, 'x'))).toBe(
      '{{task.1.answer}} x',
    )
  })

  it('cuts a huge answer, never within a character, and bounds what all together add', () => {
    const huge = answered(1, 'x' + '😀'.repeat(100_000))
    const prompt = filled('{{task.1.answer}}', huge) ?? ''
    expect(prompt).toMatch(/\(cut here: the first 99999 of 200001 characters\)$/)
    expect(Buffer.from(prompt).toString()).toBe(prompt)
    const many = filled('{{task.1.answer}}'.repeat(50_000), huge) ?? ''
    expect(many.length).toBeLessThan(2_000_000)
    expect(many).toMatch(/\(left out\)$/)
  })
})

const claim = async ({ queue }: TestQueue): Promise<RunningAttempt> => {
  const attempt = await queue.claim()
  if (attempt === undefined) throw new Error('expected a task to claim, found none')
  return attempt
}

const complete = (attempt: RunningAttempt, answer: string): Promise<void> =>
  attempt.settle({ kind: 'completed', answer, data: null })

describe('a task whose prompt needs an answer', () => {
  it('gets it durably when it is claimed, and keeps its prompt', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.add('Sum up: {{task.1.answer}}', { after: ['1'] })
    await complete(await claim(test), 'all is well')
    const attempt = await claim(test)
    expect(attempt.task.request_payload.prompt).toBe('Sum up: all is well')
    expect(attempt.task.prompt).toBe('Sum up: {{task.1.answer}}')
    await attempt.settle({ kind: 'parked', message: 'stopped' })
    await test.queue.remove('1')
    expect((await claim(test)).task.request_payload.prompt).toBe('Sum up: all is well')
  })

  it('is filled afresh by a retry, and not by an attempt that goes on', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.add('{{task.1.answer}}', { after: ['1'] })
    await complete(await claim(test), 'first')
    await complete(await claim(test), 'done')
    await test.queue.retry('1')
    expect((await test.queue.retry('2')).request_payload.prompt).toBe('{{task.1.answer}}')
    await complete(await claim(test), 'second')
    expect((await claim(test)).task.request_payload.prompt).toBe('second')
  })

  it('is refused in a schedule without the advice to wait, which a schedule cannot follow', () => {
    const task = aTask({ prompt: 'Use {{task.1.answer}}', depends_on: [] })
    const hintOf = (schedule: string | null): unknown => {
      try {
        checkAnswers({ ...task, schedule }, () => undefined)
      } catch (error) {
        return (error as SparkyError).hint
      }
      return undefined
    }
    expect(hintOf(null)).toContain('--after 1')
    expect(hintOf('nightly')).toBe(
      'What a schedule adds waits for no task; write \\{{task.1.answer}} to keep the text as it is.',
    )
  })

  it('is refused where it does not wait for that task, when added and when edited', async () => {
    const test = await openQueue()
    await test.add('one')
    const refused = { code: 'usage', hint: expect.stringContaining('--after 1') }
    await expect(test.add('{{task.1.answer}}')).rejects.toMatchObject(refused)
    await expect(test.add('{{task.nope.answer}}', { after: ['1'] })).rejects.toMatchObject({ code: 'usage' })
    await test.add('{{task.1.answer}}', { after: ['1'] })
    const edit = (body: object) => test.queue.edit('2', { id: '2', ...body })
    await expect(edit({ after: [] })).rejects.toMatchObject(refused)
    expect((await edit({ after: [], prompt: 'plain' })).status).toBe('pending')
    await expect(edit({ prompt: '{{task.1.answer}}' })).rejects.toMatchObject(refused)
    expect((await edit({ prompt: '{{task.1.answer}}', after_any: ['1'] })).status).toBe('blocked')
  })

  it('keeps that task from being removed until it has started', async () => {
    const test = await openQueue()
    for (const prompt of ['one', 'other']) await test.add(prompt)
    const attempts = [await claim(test), await claim(test)]
    await test.add('{{task.1.answer}}', { after: ['1'] })
    for (const attempt of attempts) await complete(attempt, 'x')
    await expect(test.queue.remove('1')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('task 3'),
    })
    expect(await test.queue.clear({})).toEqual({ removed: 1, kept: 1 })
    await claim(test)
    expect(await test.queue.clear({})).toEqual({ removed: 1 })
  })

  it('cannot be retried when that task is gone', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.add('{{task.1.answer}}', { after: ['1'] })
    await complete(await claim(test), 'x')
    await complete(await claim(test), 'y')
    await test.queue.remove('1')
    await expect(test.queue.retry('2')).rejects.toMatchObject({ code: 'conflict' })
  })
})
