/** One write as LevelDB's files keep it. */
export interface FileEntry {
  readonly key: Uint8Array
  /** Absent for a deletion. */
  readonly value?: Uint8Array
  /** Grows with every write: of two entries of one key the greater counts. */
  readonly sequence: number
}
