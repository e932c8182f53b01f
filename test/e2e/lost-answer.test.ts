import { writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Task } from '../../src/protocol/task.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { tempHome } from '../support/temp-home.ts'

/** A way to the running daemon on which the first answers are lost, after the daemon has given them. */
const losingAnswers = async (sparky: Sparky, lost: number): Promise<Readonly<Record<string, string>>> => {
  const daemonPort = Number(new URL(sparky.daemon()?.url ?? '').port)
  let answers = 0
  const server = net.createServer((client) => {
    const daemon = net.connect(daemonPort, '127.0.0.1')
    client.on('data', (bytes: Buffer) => {
      daemon.write(bytes.toString('latin1').replaceAll(`:${port}`, `:${daemonPort}`), 'latin1')
    })
    daemon.on('data', (bytes: Buffer) => {
      answers += 1
      if (answers <= lost) client.resetAndDestroy()
      else client.write(bytes)
    })
    client.on('error', () => daemon.destroy())
    daemon.on('error', () => client.destroy()).on('end', () => client.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const home = tempHome()
  const address = { ...sparky.daemon(), url: `http://127.0.0.1:${port}` }
  writeFileSync(path.join(home, 'daemon.json'), JSON.stringify(address))
  return { SPARKY_HOME: home, SPARKY_TOKEN: sparky.token() }
}

test('an add whose answer is lost is sent again, and adds one task', async () => {
  const sparky = newSparky()
  await sparky.start()
  const env = await losingAnswers(sparky, 1)
  const { id } = await sparky.json<Task>(['agent', 'tasks', 'add', 'List files'], { env })
  const ids = (await sparky.json<Task[]>(['agent', 'tasks', 'list'])).map((task) => task.id)
  expect(ids).toEqual([id])
})

test('an add whose answers are all lost says that the task may be there', async () => {
  const sparky = newSparky()
  await sparky.start()
  const env = await losingAnswers(sparky, 10)
  expect(await sparky.run(['agent', 'tasks', 'add', 'List files'], { env })).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('may have been added'),
  })
  expect(await sparky.json(['agent', 'tasks', 'list'])).toHaveLength(1)
})
