/** Signing in, out, and up where that is open. It asks its own origin, and nobody else. */
const at = (id) => document.getElementById(id)
const names = { google: 'Google', github: 'GitHub', oidc: 'your organisation' }

/** What providers and Better Auth say, in words. */
const problems = {
  signup_disabled: 'There is no account of yours here. Please ask whoever runs this server.',
  SIGN_UP_CLOSED: 'There is no account of yours here. Please ask whoever runs this server.',
  account_not_linked: 'There is an account with this address already. Please sign in with its password.',
  access_denied: 'The sign-in was not allowed.',
  state_mismatch: 'The sign-in took too long, or began in another browser. Please try again.',
}

async function ask(path, body) {
  const json = { 'content-type': 'application/json' }
  const init = body === undefined ? {} : { method: 'POST', headers: json, body: JSON.stringify(body) }
  const response = await fetch(`/api/auth${path}`, init)
  const answer = await response.json().catch(() => null)
  if (response.ok) return answer
  throw new Error(
    problems[answer?.code] ?? answer?.message ?? 'This cannot be answered at the moment. Please try again.',
  )
}

/** Only an address of ours, whole and as the browser reads it: whoever made the link does not choose another site. */
function target() {
  const next = new URLSearchParams(location.search).get('next') ?? '/'
  try {
    const { href } = new URL(next, location.origin)
    return href.startsWith(`${location.origin}/`) ? href : '/'
  } catch {
    return '/'
  }
}

function tell(problem) {
  at('problem').textContent = problem
}

/** One thing at a time, and what goes wrong is said. */
function during(work) {
  void oneAtATime(work)
}

async function oneAtATime(work) {
  const buttons = [...document.querySelectorAll('button')]
  tell('')
  for (const button of buttons) button.disabled = true
  try {
    await work()
  } catch (error) {
    tell(error.message)
  } finally {
    for (const button of buttons) button.disabled = false
  }
}

let makesAccount = false

function showForm(asksForName) {
  makesAccount = asksForName
  at('name-field').hidden = !asksForName
  at('name').required = asksForName
  at('password-note').hidden = !asksForName
  at('password').minLength = asksForName ? 10 : 0
  at('password').autocomplete = asksForName ? 'new-password' : 'current-password'
  at('submit').textContent = asksForName ? 'Make the account' : 'Sign in'
  at('other').textContent = asksForName ? 'I have an account' : 'Make an account'
  at(asksForName ? 'name' : 'email').focus()
}

async function submit() {
  const { name, email, password } = Object.fromEntries(new FormData(at('form')))
  if (makesAccount) await ask('/sign-up/email', { name, email, password })
  else await ask('/sign-in/email', { email, password })
  location.assign(target())
}

async function leaveFor(provider) {
  const journey = { callbackURL: target(), errorCallbackURL: '/sign-in' }
  const { url } =
    provider === 'oidc'
      ? await ask('/sign-in/oauth2', { providerId: provider, ...journey })
      : await ask('/sign-in/social', { provider, ...journey })
  location.assign(url)
}

async function begin() {
  const [ways, current] = await Promise.all([ask('/ways-in'), ask('/get-session')])
  at('state').textContent = ''
  if (current !== null) {
    at('state').textContent = `Signed in as ${current.user.email}.`
    at('continue').href = target()
    at('signed-in').hidden = false
    return
  }
  at('form').hidden = false
  at('other').hidden = ways.signUp !== 'open'
  at('providers').hidden = ways.providers.length === 0
  for (const provider of ways.providers) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = `With ${names[provider] ?? provider}`
    button.addEventListener('click', () => during(() => leaveFor(provider)))
    at('providers').append(button)
  }
  showForm(false)
}

at('form').addEventListener('submit', (event) => {
  event.preventDefault()
  during(submit)
})
at('other').addEventListener('click', () => showForm(!makesAccount))
at('sign-out').addEventListener('click', () =>
  during(async () => {
    await ask('/sign-out', {})
    location.reload()
  }),
)
during(begin)
const error = new URLSearchParams(location.search).get('error')
if (error !== null) tell(problems[error] ?? 'The sign-in did not work. Please try again.')
