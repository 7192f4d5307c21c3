'use client'

import { ParleyChat } from '@parley/element/react'

const options = {
  api: { url: '/chatkit' },
  startScreen: { greeting: 'How can we help?' },
}

/** The whole chat as one component: it speaks to `app/chatkit/route.ts`. */
export function ElementChat() {
  return <ParleyChat className="element" options={options} />
}
