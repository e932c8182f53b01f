import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'

/** Expects each of these to be what the JSON Schema file of the package says. */
export const expectAll = (file: string, values: readonly unknown[]): void => {
  const folder = path.join(import.meta.dirname, '../../dist/schemas')
  const schema = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as object
  const isValid = new Ajv2020({ allowUnionTypes: true }).compile(schema)
  for (const value of values) {
    expect([JSON.stringify(value), isValid(value), isValid.errors]).toEqual([
      JSON.stringify(value),
      true,
      null,
    ])
  }
  expect(values.length).toBeGreaterThan(0)
}
