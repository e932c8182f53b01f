import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { endpoints } from '../../src/protocol/endpoints.ts'
import { deltaTypes, eventTypes } from '../../src/protocol/event-names.ts'
import { failureCodes } from '../../src/protocol/failure.ts'
import { closeCodes } from '../../src/protocol/frames.ts'
import { jsonSchemaFiles } from '../../src/protocol/json-schema.ts'
import { socketEndpoints } from '../../src/protocol/socket-endpoints.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../docs/protocol.md'), 'utf8')
const files = jsonSchemaFiles()
const compiled = new Map<string, ValidateFunction>()
const isValid = (file: string, value: unknown): boolean => {
  const check = compiled.get(file) ?? new Ajv2020({ allowUnionTypes: true }).compile(files.get(file) ?? {})
  compiled.set(file, check)
  return check(value)
}
/** The rows of the table below this heading or in this section, as text. */
const section = (heading: string): string => {
  const [, rest = ''] = page.split(`\n${heading}\n`)
  return rest.slice(0, /\n##? /.exec(rest)?.index)
}

describe('docs/protocol.md', () => {
  it('has every endpoint', () => {
    const table = section('## HTTP')
    const written = [...table.matchAll(/`((?:GET|POST|PATCH|DELETE|\/|…)[^`]*)`/g)].map(
      ([, code = '']) => code,
    )
    const missing = Object.values(endpoints).filter(({ method, path: place }) => {
      const last = place.slice(place.lastIndexOf('/'))
      return !written.some(
        (code) =>
          code === `${method} ${place}` ||
          (code.endsWith(place) && table.includes(`\`${method}\``)) ||
          (method === 'POST' && (code === last || code.endsWith(`…${last}`))),
      )
    })
    expect(missing).toEqual([])
    for (const endpoint of socketEndpoints) expect(page).toContain(endpoint.replace('{task_id}', '{id}'))
  })

  it('has every type of event and delta, every close code, and every status of a refusal', () => {
    const types = section('## Tasks, events, deltas')
    for (const type of [...eventTypes, ...deltaTypes]) expect(types).toContain(`\`${type}\``)
    const codes = [...section('### Close codes').matchAll(/^\| (\d{4})/gm)].map(([, code]) => Number(code))
    expect(codes).toEqual(expect.arrayContaining(Object.values(closeCodes)))
    const statuses = new Set(Object.values(failureCodes).map(({ status }) => status))
    for (const status of statuses)
      expect(section('## HTTP')).toMatch(new RegExp(`^\\| (\\d+, )?${status}`, 'm'))
  })

  it('leads nowhere inside of itself where there is nothing', () => {
    const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    )
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor)
    expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([])
    expect(links.length).toBeGreaterThan(10)
  })

  it('names every file of schemas, and none that is not there', () => {
    const named = new Set(
      [...section('## Schemas').matchAll(/`([a-z-]+\.json)`/g)].map(([, file = '']) => file),
    )
    expect([...named].toSorted()).toEqual([...files.keys()].toSorted())
  })

  it('shows nothing but what the schemas let in', () => {
    const blocks = [...page.matchAll(/```json\n([\s\S]*?)\n```/g)].map(
      ([, json = '']) => JSON.parse(json) as object,
    )
    const judged = blocks.map((example) => {
      if ('pid' in example) return 'daemon.json'
      const file =
        'prompt' in example
          ? 'task.json'
          : 'error' in example
            ? 'error.json'
            : 'seq' in example && 'v' in example
              ? 'event.json'
              : 'v' in example
                ? 'delta.json'
                : 'server-frame.json'
      expect([example, isValid(file, example)]).toEqual([example, true])
      return file
    })
    expect(new Set(judged)).toEqual(
      new Set(['daemon.json', 'task.json', 'error.json', 'event.json', 'delta.json', 'server-frame.json']),
    )
  })

  it('shows frames of a client that are one', () => {
    const table = section('### Frames of the client')
    const types = [...table.matchAll(/\{"type": "(\w+)"/g)].map(([, type]) => type)
    for (const type of [
      'hello',
      'subscribe',
      'unsubscribe',
      'message',
      'cancel',
      'approve',
      'deny',
      'ping',
    ]) {
      expect(types).toContain(type)
    }
    const shown = [...page.matchAll(/^ {4}> (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as unknown)
    expect(shown.map((frame) => isValid('client-frame.json', frame))).toEqual(shown.map(() => true))
    expect(shown.length).toBeGreaterThan(0)
  })
})
