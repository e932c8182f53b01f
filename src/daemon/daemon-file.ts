/** `$SPARKY_HOME/daemon.json`: where a running daemon is. There from when it answers until it goes. */
export interface DaemonFile {
  readonly pid: number
  readonly url: string
  readonly port: number
  readonly version: string
  readonly started_at: string
  readonly instance: string
  readonly keys: readonly string[]
  readonly flags: readonly string[]
}
