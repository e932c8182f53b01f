/**
 * A model server without latency, in OpenAI's chat-completions wire format. The prompt says how many tool calls it
 * makes ("calls=20"), each `run_command`, one a reply; then it answers.
 */
import http from 'node:http'

const chunk = (delta, finish_reason = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'bench', choices: [{ index: 0, delta, finish_reason }] })}\n\n`

const usage = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'bench', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } })}\n\ndata: [DONE]\n\n`

const reply = ({ messages }) => {
  const done = messages.filter(({ role }) => role === 'tool').length
  const wanted = Number(/calls=(\d+)/.exec(JSON.stringify(messages))?.[1] ?? 0)
  if (done >= wanted) return chunk({ role: 'assistant', content: 'Done.' }) + chunk({}, 'stop') + usage
  const call = {
    index: 0,
    id: `call_${done}`,
    type: 'function',
    function: { name: 'run_command', arguments: JSON.stringify({ command: `echo ${done}` }) },
  }
  return chunk({ role: 'assistant', content: null, tool_calls: [call] }) + chunk({}, 'tool_calls') + usage
}

const server = http.createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text) => (body += text))
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(reply(JSON.parse(body)))
  })
})
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${server.address().port}`))
