const PROXY = '/mlflow-artifacts/artifacts'

const plain = (path: string): string =>
  path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')

/**
 * The path below the root of the artifacts that a server keeps, of a URI that stands for such a place: of
 * `mlflow-artifacts:/…`, or of the URL that it is reached at. `undefined` for any other.
 */
export const proxiedPath = (uri: string): string | undefined => {
  const [, scheme, path = ''] =
    /^(mlflow-artifacts|https?):(?:\/\/[^/?#]*)?([^?#]*)/.exec(uri) ?? []
  if (scheme === undefined) return undefined
  const at = `${path}/`.indexOf(`${PROXY}/`)
  if (at >= 0) return plain(path.slice(at + PROXY.length))
  return scheme === 'mlflow-artifacts' ? plain(path) : undefined
}
