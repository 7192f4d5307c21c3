/** What the program prints in development: lines that work as they are, pasted into a shell. */

/** @param token Of a user with all roles, for as long as somebody works. */
export function developmentLines(url: string, token: string): string {
  const request = { type: 'threads.create', params: { input: question('What is Parley?') } }
  const list = { type: 'threads.list', params: {} }
  return [
    'To try it, signed in as developer for a day:',
    '',
    `    export PARLEY_TOKEN=${token}`,
    '',
    `    ${chatKit(url, request)} ${signedIn}`,
    `    ${chatKit(url, list)} ${signedIn}`,
    '',
    'And as a guest, who is known by a cookie:',
    '',
    `    ${chatKit(url, request)} -c cookies.txt -b cookies.txt`,
    '',
    '',
  ].join('\n')
}

const signedIn = '-H "authorization: Bearer $PARLEY_TOKEN"'

function question(text: string): object {
  return { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
}

/** No word in it has an apostrophe. */
function chatKit(url: string, body: object): string {
  return `curl -sN ${url}/chatkit -H 'content-type: application/json' -d '${JSON.stringify(body)}'`
}
