import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))

/** @type {import('next').NextConfig} */
const config = {
  // It opens a database and starts threads: it runs as it is, and is not bundled.
  serverExternalPackages: ['@parley/server'],
  turbopack: { root: repository },
  outputFileTracingRoot: repository,
  // A file of 5 MiB, in a form.
  experimental: { serverActions: { bodySizeLimit: '6mb' } },
  poweredByHeader: false,
}

// oxlint-disable-next-line import/no-default-export -- Next.js asks for it.
export default config
