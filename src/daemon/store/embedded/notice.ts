/** Something that the store did by itself and that people should be able to read in the daemon's log. */
export interface StoreNotice {
  readonly kind:
    | 'torn_tail'
    | 'rebuilt'
    | 'not_writable'
    | 'writable'
    | 'snapshot_failed'
    | 'listener_failed'
    | 'leftover'
  /** One plain sentence. */
  readonly message: string
}

export type OnNotice = (notice: StoreNotice) => void
