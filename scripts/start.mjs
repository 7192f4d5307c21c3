/** `npm start`: makes the checkout ready and runs the server in this very process, so that signals reach it. */
import * as nodeModule from 'node:module'
import { prepare } from './prepare.mjs'

await prepare()
// From Node 22 on, compiled code is kept between starts.
nodeModule.enableCompileCache?.()
await import('../server/dist/main.js')
