/** What Node's documentation shows: a request comes in, another goes out, and the answer is piped through. */
// oxlint-disable node/no-process-env -- a program of its own
import http from 'node:http'

const upstream = new URL(process.env.UPSTREAM_URL)
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity })

const server = http.createServer((request, response) => {
  const outgoing = http.request(
    {
      host: upstream.hostname,
      port: upstream.port,
      path: request.url,
      method: request.method,
      headers: {
        'content-type': request.headers['content-type'],
        'content-length': request.headers['content-length'],
        accept: request.headers.accept,
      },
      agent,
    },
    (incoming) => {
      const { 'content-type': type, 'cache-control': caching } = incoming.headers
      response.writeHead(incoming.statusCode, { 'content-type': type, 'cache-control': caching })
      incoming.pipe(response)
    },
  )
  outgoing.on('error', () => response.destroy())
  response.on('close', () => {
    if (!response.writableFinished) outgoing.destroy()
  })
  request.pipe(outgoing)
})

server.listen(Number(process.env.PORT), '127.0.0.1', 4096)
