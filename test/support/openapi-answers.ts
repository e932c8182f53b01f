import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

export interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<string, { readonly responses: Readonly<Record<string, Readonly<Record<string, unknown>>>> }>
      >
    >
  >
  readonly components: { readonly schemas: unknown }
}

/** Whether an answer is the one that the document has for its endpoint and status. */
export const answersOf = (document: OpenApi) => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).addVocabulary([
    'openapi',
    'info',
    'servers',
    'security',
    'paths',
    'components',
  ])
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'urn:openapi:document', ...document })
  return (asked: { method: string; place: string; status: number }, answer: unknown): string | null => {
    const response = document.paths[asked.place]?.[asked.method]?.responses[String(asked.status)]
    if (response === undefined) return `the document has no ${asked.status} there`
    const at =
      '$ref' in response
        ? String(response['$ref']).slice(1)
        : `/paths/${asked.place.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${asked.method}/responses/${asked.status}`
    const isValid = ajv.compile({ $ref: `urn:openapi:document#${at}/content/application~1json/schema` })
    return isValid(answer) ? null : JSON.stringify(isValid.errors)
  }
}
