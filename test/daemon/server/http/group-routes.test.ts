import { expect, test } from 'vitest'
import type { GroupRow } from '../../../../src/protocol/api.ts'
import { runServer } from '../running-server.ts'

test('groups are listed, paused and resumed, whatever they are called', async () => {
  const { call, add } = await runServer()
  const name = 'a/b "c" ü'
  await add('one', { group: name })
  const path = `/api/v1/groups/${encodeURIComponent(name)}`
  expect((await call('POST', `${path}/pause`)).json).toMatchObject({
    name,
    paused: true,
    concurrency: null,
    tasks: { pending: 1 },
  })
  const listed = await call('GET', '/api/v1/groups')
  expect(listed.json.groups.map((group: GroupRow) => [group.name, group.paused])).toEqual([
    [name, true],
    ['default', false],
  ])
  expect((await call('GET', '/api/v1/tasks/1/why')).json.reasons[0].code).toBe('group_paused')
  expect((await call('POST', `${path}/resume`)).json).toMatchObject({ name, paused: false })
  expect((await call('POST', '/api/v1/groups/nope/resume')).status).toBe(404)
  expect((await call('POST', `/api/v1/groups/${'x'.repeat(201)}/pause`)).status).toBe(400)
})
