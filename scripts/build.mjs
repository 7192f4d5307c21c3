/** `npm run build`: installs and builds what is missing or older than its sources. */
import { prepare } from './prepare.mjs'

await prepare()
