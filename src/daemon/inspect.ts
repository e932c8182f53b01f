/**
 * What the command line may ask without a running daemon: the second of its two doors into the daemon's room. Load
 * it lazily.
 */
export { findNotifier, notifierName } from './hooks/notification.ts'
export { damageInHome, repairHome, type RepairReport } from './repair-home.ts'
export { listModels, modelRows, type ModelReport, type ProviderReport } from './models/list-models.ts'
export { providerSettings, type ModelSettings } from './models/provider-settings.ts'
export { toolCatalogue, type CatalogueRow } from './tools/registry.ts'
export { projectTrust } from './trust-project.ts'
export { ServerDesk } from './mcp/server-desk.ts'
export { toolEnvironment } from './agent/tool-environment.ts'
