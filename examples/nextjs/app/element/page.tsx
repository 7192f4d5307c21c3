import { redirect } from 'next/navigation'
import { signedIn } from '../../server/identity.ts'
import { ElementChat } from './element-chat.tsx'

// oxlint-disable-next-line import/no-default-export -- Next.js asks for it.
export default async function Page() {
  if ((await signedIn()) === null) redirect('/')
  return <ElementChat />
}
