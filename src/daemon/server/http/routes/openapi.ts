import { Reply, sendText } from '../reply.ts'
import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

/** The document about all of these endpoints: loaded and made when it is first asked for, and kept. */
export const openApiHandlers = ({ version }: Pick<ServerRoom, 'version'>): Pick<Handlers, 'openApi'> => {
  let json: Promise<string> | undefined
  return {
    openApi: async () => {
      json ??= documentText(version)
      const text = await json.catch((error: unknown) => {
        json = undefined
        throw error
      })
      return new Reply((response) => sendText(response, 200, text))
    },
  }
}

const documentText = async (version: string): Promise<string> => {
  const { openApiDocument } = await import('../../../../protocol/openapi.ts')
  return JSON.stringify(openApiDocument(version))
}
