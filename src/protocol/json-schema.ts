import * as z from 'zod'
import { fieldDescriptions } from './field-descriptions.ts'
import { protocolVersion } from './version.ts'
import { wireSchemas, type WireSchema } from './wire-schemas.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * Every JSON Schema file of the package, by its name: draft 2020-12, each whole in itself. What the daemon sends may
 * have fields that no schema names; what a client sends may not, where the schema says so.
 */
export const jsonSchemaFiles = (): ReadonlyMap<string, JsonSchema> => {
  const wire = wireSchemas()
  return new Map(
    wire.flatMap((entry) => (entry.file === null ? [] : [[`${entry.file}.json`, fileOf(entry)] as const])),
  )
}

const fileOf = ({ name, file, description, schema }: WireSchema): JsonSchema => {
  const { [name]: root, ...others } = describe({ whole: schema }).definitions
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:sparky-agent:protocol:${protocolVersion}:${file}`,
    title: name,
    description,
    ...root,
    ...(Object.keys(others).length > 0 && { $defs: others }),
  }
}

interface Described {
  /** For each schema that was given, its JSON Schema; refers to the definitions as `#/$defs/NAME`. */
  readonly schemas: Readonly<Record<string, JsonSchema>>
  readonly definitions: Readonly<Record<string, JsonSchema>>
}

/**
 * What may be written where these schemas stand. What `wireSchemas` names becomes a definition, in whatever it
 * stands; the rest is written out.
 */
export const describe = (
  schemas: Readonly<Record<string, z.ZodType>>,
  /** What is written in place of what the schema says. */
  formOf: (schema: z.core.$ZodType) => JsonSchema | undefined = () => undefined,
): Described => {
  const names = z.registry<{ id: string }>()
  for (const { name, schema } of wireSchemas()) names.add(schema, { id: name })
  const { properties = {}, $defs = {} } = z.toJSONSchema(z.object(schemas), {
    metadata: names,
    target: 'draft-2020-12',
    io: 'input',
    // A value that is tested by a function of ours: any JSON.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const form = formOf(zodSchema)
      if (form === undefined) return tidy(jsonSchema)
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key]
      Object.assign(jsonSchema, form)
    },
  })
  const descriptions = new Map(wireSchemas().map(({ name, description }) => [name, description]))
  return {
    schemas: properties as Record<string, JsonSchema>,
    definitions: Object.fromEntries(
      Object.entries($defs).map(([name, { id: _id, ...schema }]) => [
        name,
        { title: name, description: descriptions.get(name), ...withWords(name, schema as JsonSchema) },
      ]),
    ),
  }
}

/** With what its fields are. */
const withWords = (name: string, schema: JsonSchema): JsonSchema => {
  const words = fieldDescriptions()[name]
  if (words === undefined) return schema
  const properties = Object.entries(schema['properties'] as Readonly<Record<string, JsonSchema>>)
  return {
    ...schema,
    properties: Object.fromEntries(
      properties.map(([field, described]) => [field, { description: words[field], ...described }]),
    ),
  }
}

/** That a number is a safe integer is a fact about JavaScript. */
const tidy = (schema: z.core.JSONSchema.BaseSchema): void => {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
}
