const TEXT = new Set(
  'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst'.split(
    ' ',
  ),
)
const TEXT_NAMES = new Set(['MLmodel', 'MLproject'])

/** Types by extension, as Python's `mimetypes` has them. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    avi: 'video/x-msvideo',
    avif: 'image/avif',
    bmp: 'image/bmp',
    css: 'text/css',
    doc: 'application/msword',
    eps: 'application/postscript',
    epub: 'application/epub+zip',
    gif: 'image/gif',
    gz: 'application/gzip',
    h5: 'application/x-hdf5',
    hdf: 'application/x-hdf',
    htm: 'text/html',
    html: 'text/html',
    ico: 'image/vnd.microsoft.icon',
    ipynb: 'application/x-ipynb+json',
    jpeg: 'image/jpeg',
    jpg: 'image/jpeg',
    m4a: 'audio/mp4',
    mjs: 'text/javascript',
    mov: 'video/quicktime',
    mp3: 'audio/mpeg',
    mp4: 'video/mp4',
    mpeg: 'video/mpeg',
    oga: 'audio/ogg',
    ogg: 'audio/ogg',
    pdf: 'application/pdf',
    png: 'image/png',
    ps: 'application/postscript',
    rtf: 'text/rtf',
    sh: 'application/x-sh',
    sqlite: 'application/vnd.sqlite3',
    svg: 'image/svg+xml',
    tar: 'application/x-tar',
    tif: 'image/tiff',
    tiff: 'image/tiff',
    ttf: 'font/ttf',
    wasm: 'application/wasm',
    wav: 'audio/x-wav',
    weba: 'audio/webm',
    webm: 'video/webm',
    webp: 'image/webp',
    woff: 'font/woff',
    woff2: 'font/woff2',
    xhtml: 'application/xhtml+xml',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    zip: 'application/zip',
  }),
)

/** What a file is said to be, by its name alone: what the client that stored it said is not asked. */
export const contentTypeOf = (name: string): string => {
  const dot = name.lastIndexOf('.')
  const extension = dot < 1 ? '' : name.slice(dot + 1).toLowerCase()
  if (TEXT_NAMES.has(name) || TEXT.has(extension)) return 'text/plain'
  return TYPES.get(extension) ?? 'application/octet-stream'
}

/** Signs of a name that need no quotes. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

const quoted = (name: string): string =>
  TOKEN.test(name) ? name : `"${name.replace(/[\\"]/g, '\\$&')}"`

const percentEncoded = (name: string): string =>
  encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** Names a download, so that a browser saves it and does not show it. */
export const dispositionOf = (name: string): string => {
  const plain = name.normalize('NFKD').replace(/[^\u0020-\u007e]/g, '')
  const fallback = `attachment; filename=${quoted(plain === '' ? '_' : plain)}`
  return plain === name ? fallback : `${fallback}; filename*=UTF-8''${percentEncoded(name)}`
}
