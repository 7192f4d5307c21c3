/** What a page can set on the element, in ChatKit's own shape as far as this version knows it. */
export interface ChatOptions {
  api?: {
    /** Where the ChatKit door is; wins over the attribute `api-url`. Default `/chatkit`. */
    url?: string
    /** Sends every request: the place to add a header. Must pass on the headers it is given. */
    fetch?: typeof globalThis.fetch
  }
  startScreen?: {
    greeting?: string
    /** Pressing one sends its `prompt` at once. */
    prompts?: { label: string; prompt: string }[]
  }
  composer?: { placeholder?: string }
  /** Does what the agent asks the page to do. What it returns, or the message it throws, goes back to the agent. */
  onClientTool?: ClientTool
}

export type ClientTool = (call: { name: string; params: Record<string, unknown> }) => unknown
