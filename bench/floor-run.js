/**
 * The floor of a run: the same HTTP calls to the same model server and the same processes as `sparky run`, and
 * nothing else: no queue, no disk, no daemon, no checks. Usage: floor-run.js MODEL_SERVER PROMPT
 */
import { spawn } from 'node:child_process'

const [, , base, prompt] = process.argv
const messages = [{ role: 'user', content: prompt }]

const callModel = async () => {
  const response = await fetch(`${base}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify({ model: 'bench', messages, stream: true }),
  })
  const message = { role: 'assistant', content: '', tool_calls: [] }
  let rest = ''
  for await (const bytes of response.body) {
    rest += Buffer.from(bytes).toString('utf8')
    const lines = rest.split('\n\n')
    rest = lines.pop()
    for (const line of lines) {
      const data = line.slice('data: '.length)
      if (data === '[DONE]') continue
      const delta = JSON.parse(data).choices[0]?.delta ?? {}
      message.content += delta.content ?? ''
      message.tool_calls.push(...(delta.tool_calls ?? []))
    }
  }
  return message
}

const runCommand = (command) =>
  new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (text) => (output += text))
    child.on('close', () => resolve(output))
  })

for (;;) {
  const message = await callModel()
  messages.push(message)
  if (message.tool_calls.length === 0) {
    process.stdout.write(`${message.content}\n`)
    break
  }
  for (const call of message.tool_calls) {
    const content = await runCommand(JSON.parse(call.function.arguments).command)
    messages.push({ role: 'tool', tool_call_id: call.id, content })
  }
}
