import { noApproval } from '../no-approval.ts'
import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

type InspectionRoute = 'listTools' | 'listModels' | 'listConfig' | 'showConfig' | 'setConfig' | 'unsetConfig'

/** What the daemon works with: tools, models, the configuration. */
export const inspectionHandlers = ({
  surroundings: { tools, models, config },
}: ServerRoom): Pick<Handlers, InspectionRoute> => ({
  listTools: () => ({ tools: tools() }),
  listModels: () => models(),
  listConfig: () => ({ config: config.list() }),
  showConfig: ({ key }) => config.show(key),
  setConfig: ({ key, value }) => config.set(key, value),
  unsetConfig: ({ key }) => config.unset(key),
})

export const approvalHandlers = (): Pick<Handlers, 'listApprovals' | 'answerApproval'> => ({
  listApprovals: () => ({ approvals: [] }),
  answerApproval: ({ approval_id }) => {
    throw noApproval(approval_id)
  },
})
