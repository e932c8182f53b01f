import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { transitions } from '../../../src/daemon/queue/transitions.ts'
import { isFinal, taskStatuses } from '../../../src/protocol/task.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../../docs/states.md'), 'utf8')

/** The cells of the rows that begin with a status. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))

const isStatus = (cell: string | undefined): boolean => taskStatuses.some((status) => status === cell)

test('the table of docs/states.md is what the daemon allows, each change with its cause', () => {
  const changes = rows.filter(([, from, to]) => isStatus(from) && isStatus(to))
  const allowed = taskStatuses.flatMap((from) => transitions[from].map((to) => `${from} -> ${to}`))
  expect(changes.map(([, from, to]) => `${from} -> ${to}`).toSorted()).toEqual(allowed.toSorted())
  for (const [, , , when] of changes) expect(when).not.toBe('')
})

test('the page says what every status means, and which are final', () => {
  const meanings = rows.filter(([, status, meaning]) => isStatus(status) && !isStatus(meaning))
  expect(meanings.map(([, status = '']) => status).toSorted()).toEqual([...taskStatuses].toSorted())
  for (const [, status, meaning] of meanings) {
    expect(meaning?.endsWith('; final')).toBe(isFinal(status as (typeof taskStatuses)[number]))
  }
})
