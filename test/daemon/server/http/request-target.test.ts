import { expect, test } from 'vitest'
import { splitTarget } from '../../../../src/daemon/server/http/request-target.ts'

test.each([
  ['/health', '/health', ''],
  ['/api/ws/agent?token=a', '/api/ws/agent', 'token=a'],
  // RFC 3986 lets a question mark stand in a query as it is, and a token of the user's own may have one.
  ['/api/ws/agent?token=a?b&x', '/api/ws/agent', 'token=a?b&x'],
  ['?', '', ''],
  ['', '', ''],
])('the target %j is a path and a query', (target, path, query) => {
  expect(splitTarget(target)).toEqual({ path, query })
})
