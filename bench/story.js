/** Events of one step of an attempt, as the agent writes them; each step differs from the one before. */
export const storyStep = (step, taskId) => {
  const event = (type, data) => ({ type, task_id: taskId, attempt: 1, step, data })
  const call = { call_id: `call-${step}`, name: step % 3 === 0 ? 'run_command' : 'read_file' }
  const args =
    step % 3 === 0 ? { command: `grep -rn "part ${step}" src` } : { path: `src/part-${step}/file.ts` }
  const lines = Array.from(
    { length: 1 + (step % 8) },
    (_, at) => `${at + 1}  const part${step} = ${at} // ${words}`,
  )
  const result = lines.join('\n')
  const isBad = step % 50 === 0
  return [
    event('progress', { step, max_steps: null, note: `part ${step}` }),
    event('thought', { text: `Part ${step} comes next. ${words}` }),
    event('tool_use', { ...call, args }),
    event('tool_result', {
      ...call,
      status: isBad ? 'error' : 'ok',
      result,
      duration_ms: step % 100,
      truncated: false,
      bytes: result.length,
    }),
    event('message', {
      role: 'assistant',
      text: `**Part ${step}** is read.\n\n- ${words}\n- \`file-${step}.ts\``,
    }),
    event('usage', {
      model: 'offline/demo',
      input_tokens: 900,
      output_tokens: 60,
      cached_tokens: 0,
      cost_usd: 0,
    }),
  ]
}

export const eventsPerStep = 6

const words = 'It says what it is for, and who may call it.'

/** The task begins to run. */
export const storyBegin = (taskId) => ({
  type: 'status',
  task_id: taskId,
  attempt: 1,
  data: {
    status: 'in_progress',
    previous: 'pending',
    message: 'Task starting...',
    changes: { model: 'offline/demo' },
  },
})
