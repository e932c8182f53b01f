import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { deltaTypes, eventTypes } from '../../src/protocol/event.ts'
import { jsonSchemaFiles } from '../../src/protocol/json-schema.ts'
import { protocolVersion } from '../../src/protocol/version.ts'
import { aTask } from '../support/task.ts'

const files = jsonSchemaFiles()
const validator = (file: string) => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
  addFormats.default(ajv)
  return ajv.compile(files.get(file) ?? {})
}

describe('the JSON Schema files', () => {
  it.each([...files])(
    '%s is a whole schema with a name, a description and an id of its own',
    (file, schema) => {
      expect(() => validator(file)).not.toThrow()
      expect(schema).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: `urn:sparky-agent:protocol:${protocolVersion}:${file.replace('.json', '')}`,
        title: expect.stringMatching(/^[A-Z]\w+$/),
        description: expect.stringMatching(/\.$/),
      })
    },
  )

  it('describe every type of event and of delta', () => {
    const typesIn = (file: string): string[] =>
      [...JSON.stringify(files.get(file)).matchAll(/"type":\{"type":"string","const":"(\w+)"\}/g)].map(
        ([, type = '']) => type,
      )
    expect(typesIn('event.json').toSorted()).toEqual(eventTypes.toSorted())
    expect(typesIn('delta.json').toSorted()).toEqual(deltaTypes.toSorted())
  })

  it('say what each field of a task, and of what adds one, is', () => {
    for (const file of ['task.json', 'add-task.json', 'edit-task.json', 'add-schedule.json']) {
      const { properties } = JSON.parse(JSON.stringify(files.get(file))) as {
        properties: Record<string, { description?: string }>
      }
      for (const [field, { description }] of Object.entries(properties)) {
        expect([file, field, description]).toEqual([file, field, expect.stringMatching(/\.$/)])
      }
      expect(Object.keys(properties).length).toBeGreaterThan(20)
    }
  })

  it('let in what a later version may add, and refuse what is missing or wrong', () => {
    const isTask = validator('task.json')
    const task = aTask()
    expect(isTask(task)).toBe(true)
    expect(isTask({ ...task, a_later_field: 1 })).toBe(true)
    expect(isTask({ ...task, status: 'done' })).toBe(false)
    const { usage: _, ...without } = task
    expect(isTask(without)).toBe(false)
  })

  it('refuse in what a client sends every field that the daemon refuses', () => {
    const isBody = validator('add-task.json')
    expect(isBody({ prompt: 'List files', priority: 3, after: ['12', 13], timeout_s: null })).toBe(true)
    expect(isBody({ prompt: 'List files', prioritty: 3 })).toBe(false)
    expect(isBody({ prompt: 'List files', limits: { max_steps: 0 } })).toBe(false)
    expect(isBody({})).toBe(false)
    const isFrame = validator('client-frame.json')
    expect(isFrame({ type: 'subscribe', tasks: 'all', after: 0, types: ['status', 'tool_output'] })).toBe(
      true,
    )
    expect(isFrame({ type: 'subscribe', after: -1 })).toBe(false)
    expect(isFrame({ type: 'subscribe', types: ['nothing'] })).toBe(false)
  })
})
