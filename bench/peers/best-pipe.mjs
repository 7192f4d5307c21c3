/** The leanest way through Node that speaks HTTP on both sides: undici's `dispatch` writes straight into the response. */
// oxlint-disable node/no-process-env -- a program of its own
import http from 'node:http'
import { Pool } from 'undici'

const pool = new Pool(process.env.UPSTREAM_URL, { connections: null, pipelining: 1 })

const server = http.createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
    const body = Buffer.concat(chunks)
    pool.dispatch({ path: request.url, method: 'POST', headers, body }, createHandler(response))
  })
})

function createHandler(response) {
  let controller
  response.on('close', () => controller?.abort(new Error('The client has gone.')))
  return {
    onRequestStart(started) {
      controller = started
    },
    onResponseStart(_controller, status) {
      response.writeHead(status, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    },
    onResponseData(_controller, chunk) {
      response.write(chunk)
    },
    onResponseEnd() {
      controller = undefined
      response.end()
    },
    onResponseError() {
      controller = undefined
      response.destroy()
    },
  }
}

server.listen(Number(process.env.PORT), '127.0.0.1', 4096)
