/** The tag in which MLflow's clients look for the versions that were made from a logged model. */
export const versionTag = 'mlflow.modelVersions'

/** A string as Python's JSON writes it: nothing but ASCII. */
const pythonText = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** A list of versions that a tag holds; `undefined` if it holds something else. */
const listIn = (tag: string): readonly unknown[] | undefined => {
  try {
    const list: unknown = JSON.parse(tag)
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}

const isEntry = (entry: unknown, model: string, version: number): boolean =>
  typeof entry === 'object' &&
  entry !== null &&
  'name' in entry &&
  'version' in entry &&
  entry.name === model &&
  Number(entry.version) === version

/** The tag with one version more, spelled as MLflow's server spells it, which its clients' tests compare. */
export const withVersion = (tag: string | undefined, model: string, version: number): string => {
  const entry = `{"name": ${pythonText(model)}, "version": ${version}}`
  const list = tag === undefined ? undefined : listIn(tag)
  if (tag === undefined || list === undefined || list.length === 0) return `[${entry}]`
  if (list.some((known) => isEntry(known, model, version))) return tag
  return `${tag.trimEnd().slice(0, -1).trimEnd()}, ${entry}]`
}
