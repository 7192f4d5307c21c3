import { signedIn } from '../server/identity.ts'
import { signIn, signOut } from './actions/sign-in-actions.ts'
import { Chat } from './chat.tsx'

// oxlint-disable-next-line import/no-default-export -- Next.js asks for it.
export default async function Page() {
  const identity = await signedIn()
  if (identity === null) {
    return (
      <main>
        <h1>Support</h1>
        <form action={signIn}>
          <label>
            Your name <input name="name" required pattern="[a-z][a-z0-9\-]*" autoComplete="username" />
          </label>
          <button>Sign in</button>
        </form>
      </main>
    )
  }
  return (
    <main>
      <header>
        <h1>Support</h1>
        <form action={signOut}>
          <span>{identity.userId}</span> <button>Sign out</button>
        </form>
      </header>
      <Chat user={identity.userId} />
      <p>
        <a href="/element">The same server, with the element</a>
      </p>
    </main>
  )
}
