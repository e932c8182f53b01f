import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseLogLine, readTail } from '../../src/client/daemon-log.ts'
import { followFile } from '../../src/client/follow-file.ts'
import { tempHome } from '../support/temp-home.ts'

test('a line of the log is a record or, whatever it is, text', () => {
  const record = { level: 'info', time: '2026-11-20T12:00:00.000Z', pid: 1, msg: 'Daemon online', url: 'x' }
  expect(parseLogLine(JSON.stringify(record))).toEqual({
    kind: 'record',
    level: 'info',
    timeMs: Date.parse(record.time),
    text: 'Daemon online',
    rest: { url: 'x' },
  })
  for (const line of ['TypeError: no', '{"level":"info"', 'null', '{"level":1,"time":"x"}']) {
    expect(parseLogLine(line)).toEqual({ kind: 'text', text: line })
  }
})

describe('the tail of a file', () => {
  test('is its last lines, and where they end', () => {
    const file = `${tempHome()}/log`
    writeFileSync(file, 'one\ntwo\nthree\n')
    expect(readTail(file, 2)).toEqual({ text: ['two', 'three'], endByte: 14 })
    expect(readTail(file, 9, 4).text).toEqual(['two', 'three'])
    expect(readTail(file, 0).text).toEqual([])
  })

  test('is empty where there is no file', () => {
    expect(readTail(`${tempHome()}/log`, 5)).toEqual({ text: [], endByte: 0 })
  })

  test('begins anew where the file became shorter', () => {
    const file = `${tempHome()}/log`
    writeFileSync(file, 'one\n')
    expect(readTail(file, 5, 1000).text).toEqual(['one'])
  })
})

describe('following a file', () => {
  test('gives what is added, also to the file that takes its place', async () => {
    const file = `${tempHome()}/log`
    writeFileSync(file, 'old\n')
    const lines = followFile(file, 4)
    appendFileSync(file, 'one\ntw')
    expect((await lines.next()).value).toBe('one')
    const second = lines.next()
    appendFileSync(file, 'o\n')
    expect((await second).value).toBe('two')
    const third = lines.next()
    renameSync(file, `${file}.1`)
    writeFileSync(file, 'three\n')
    expect((await third).value).toBe('three')
    const fourth = lines.next()
    truncateSync(file)
    appendFileSync(file, 'four\n')
    expect((await fourth).value).toBe('four')
    await lines.return(undefined)
  })

  test('waits for a file that is not there yet', async () => {
    const file = `${tempHome()}/log`
    const lines = followFile(file, 0)
    const first = lines.next()
    writeFileSync(file, 'one\n')
    expect((await first).value).toBe('one')
    await lines.return(undefined)
  })
})
