import { cp, readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build, type Plugin } from 'vite'
import { root, type Workspace } from '../docs/built-package.ts'

/** What the pages name by its source is bundled from the build: contracts are of parts that the package keeps inside. */
const builtSources = (packageFolder: string): Plugin => ({
  name: 'built-sources',
  enforce: 'pre',
  resolveId: (source) => {
    const inside = /^\.\.\/.*\/src\/(.*)\.ts$/.exec(source)?.[1]
    return inside === undefined ? undefined : join(packageFolder, 'dist', `${inside}.js`)
  },
})

/** Programs of the pages, each bundled by itself into `<name>.js`. */
const entries = ['main', 'worker', 'lean'] as const

/** Bundles the programs of the pages with the package as a user has it; gives the folder of the bundles. */
export const bundlePages = async ({ folder, packageFolder }: Workspace): Promise<string> => {
  const pages = join(folder, 'page')
  await cp(join(root, 'test/browser/page'), pages, { recursive: true })
  const outDir = join(folder, 'site')
  for (const entry of entries) {
    await build({
      configFile: false,
      root: pages,
      logLevel: 'warn',
      plugins: [builtSources(packageFolder)],
      build: {
        outDir,
        emptyOutDir: false,
        target: 'es2022',
        modulePreload: false,
        rolldownOptions: {
          input: join(pages, `${entry}.ts`),
          output: { entryFileNames: '[name].js' },
        },
      },
    })
  }
  return outDir
}

/** A server of the bundles, on this machine alone. */
export interface Site extends AsyncDisposable {
  readonly port: number
}

const page = '<!doctype html><title>a page</title><script type="module" src="/main.js"></script>'

/** Serves the bundles; any other path is the page that runs `main.js`. */
export const serveSite = async (folder: string): Promise<Site> => {
  const scripts = new Map<string, string>()
  for (const name of await readdir(folder)) {
    if (name.endsWith('.js')) scripts.set(`/${name}`, await readFile(join(folder, name), 'utf8'))
  }
  const server = createServer((request, response) => {
    const script = scripts.get(request.url ?? '')
    response.setHeader('content-security-policy', "default-src 'self'")
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript')
    response.end(script ?? page)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  // `as`: a server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  return {
    port,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
