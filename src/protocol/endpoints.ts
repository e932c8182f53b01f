/**
 * Method and path of every HTTP endpoint. Apart from api.ts, which adds the schemas, so that the command line can
 * make a request without loading zod.
 */
export const endpoints = {
  health: { method: 'GET', path: '/health' },
  openApi: { method: 'GET', path: '/openapi.json' },
  status: { method: 'GET', path: '/api/v1/status' },
  websocketStats: { method: 'GET', path: '/api/v1/websocket/stats' },
  addTask: { method: 'POST', path: '/api/v1/tasks' },
  listTasks: { method: 'GET', path: '/api/v1/tasks' },
  clearTasks: { method: 'POST', path: '/api/v1/tasks/clear' },
  showTask: { method: 'GET', path: '/api/v1/tasks/{id}' },
  editTask: { method: 'PATCH', path: '/api/v1/tasks/{id}' },
  removeTask: { method: 'DELETE', path: '/api/v1/tasks/{id}' },
  cancelTask: { method: 'POST', path: '/api/v1/tasks/{id}/cancel' },
  retryTask: { method: 'POST', path: '/api/v1/tasks/{id}/retry' },
  pauseTask: { method: 'POST', path: '/api/v1/tasks/{id}/pause' },
  resumeTask: { method: 'POST', path: '/api/v1/tasks/{id}/resume' },
  whyTask: { method: 'GET', path: '/api/v1/tasks/{id}/why' },
  taskEvents: { method: 'GET', path: '/api/v1/tasks/{id}/events' },
  toolResult: { method: 'GET', path: '/api/v1/tasks/{id}/results/{call_id}' },
  events: { method: 'GET', path: '/api/v1/events' },
  listGroups: { method: 'GET', path: '/api/v1/groups' },
  pauseGroup: { method: 'POST', path: '/api/v1/groups/{name}/pause' },
  resumeGroup: { method: 'POST', path: '/api/v1/groups/{name}/resume' },
  addSchedule: { method: 'POST', path: '/api/v1/schedules' },
  listSchedules: { method: 'GET', path: '/api/v1/schedules' },
  showSchedule: { method: 'GET', path: '/api/v1/schedules/{name}' },
  editSchedule: { method: 'PATCH', path: '/api/v1/schedules/{name}' },
  removeSchedule: { method: 'DELETE', path: '/api/v1/schedules/{name}' },
  runSchedule: { method: 'POST', path: '/api/v1/schedules/{name}/run' },
  enableSchedule: { method: 'POST', path: '/api/v1/schedules/{name}/enable' },
  disableSchedule: { method: 'POST', path: '/api/v1/schedules/{name}/disable' },
  startLoop: { method: 'POST', path: '/api/v1/agent/start' },
  pauseQueue: { method: 'POST', path: '/api/v1/agent/pause' },
  resumeQueue: { method: 'POST', path: '/api/v1/agent/resume' },
  stopDaemon: { method: 'POST', path: '/api/v1/agent/stop' },
} as const

export type EndpointName = keyof typeof endpoints
