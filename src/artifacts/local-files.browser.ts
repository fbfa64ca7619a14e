import { type DomainError, kernelError } from '../kernel/errors.ts'
import type { LocalFile, LocalFilesOptions } from './local-file.ts'

const noFiles = (path: string): DomainError =>
  kernelError(
    'UNSUPPORTED',
    `A browser cannot read the local file or folder ${path} by its name. Give logArtifact the content itself: a File that a person chose is content.`,
    { data: { path } },
  )

/** @throws `UNSUPPORTED` */
export const localFile = (source: string, _path?: string): Promise<LocalFile> =>
  Promise.reject(noFiles(source))

/** @throws `UNSUPPORTED` */
export const localFiles = (
  folder: string,
  _options?: LocalFilesOptions,
): Promise<readonly LocalFile[]> => Promise.reject(noFiles(folder))
