import { gitFacts, hostFacts, workingFolder } from '#platform'
import type { Facts } from './tracking/index.ts'

const pairOf = (key: string, value: string | boolean | undefined): [string, string][] =>
  value === undefined ? [] : [[key, String(value)]]

/**
 * Who runs what and where, as tags under MLflow's names, so that its clients and its UI show them. Git's dirty
 * flag, host, platform and runtime have no name there and get one of varve's.
 */
export const runFacts = async (store: string | undefined): Promise<Facts> => {
  const { user, host, platform, runtime, entryPoint } = hostFacts()
  const git = await gitFacts(workingFolder(), store === undefined ? {} : { exclude: [store] })
  return {
    user,
    tags: [
      ...pairOf('mlflow.user', user),
      ...pairOf('mlflow.source.name', entryPoint),
      ...pairOf('mlflow.source.type', 'LOCAL'),
      ...pairOf('mlflow.source.git.commit', git?.commit),
      ...pairOf('mlflow.source.git.branch', git?.branch),
      ...pairOf('mlflow.source.git.repoURL', git?.repoUrl),
      ...pairOf('varve.git.dirty', git?.dirty),
      ...pairOf('varve.host', host),
      ...pairOf('varve.platform', platform),
      ...pairOf('varve.runtime', runtime),
    ],
  }
}
