/** A file on this machine that is to become an artifact. */
export interface LocalFile {
  /** Where it will be among the artifacts. */
  readonly path: string
  /** Where it is here, absolute. */
  readonly source: string
  /** Bytes, when it was found. */
  readonly size: number
  /**
   * Reads the file, which is open only while it is read.
   *
   * @throws `ARTIFACT_NOT_FOUND`, `ARTIFACT_READ_FAILED`, on the first read.
   */
  open(): AsyncIterable<Uint8Array>
}

export interface LocalFilesOptions {
  /** Folder among the artifacts to put the files in; at the top unless given. */
  readonly prefix?: string
  /** Folders to leave out, beside each one called `.varve`: the open store. */
  readonly exclude?: readonly string[]
}
