/**
 * What a page can set on the element, in ChatKit's own shape (`@openai/chatkit` 1.9.0), so that options written for it work
 * here as they are. Every option but `api` may be left out; what this version does not know is left alone.
 * What is ours is marked so.
 */

export interface ChatOptions {
  api?: CustomApi | HostedApi
  /** A language tag such as `de-DE`. Default: the browser's; English where we do not speak it. */
  locale?: string
  /** Default (ours): what the person's system prefers. */
  theme?: ColorScheme | ThemeOptions
  /** The name of the chat for assistive technology. Default: `Chat`, in the locale's words. */
  frameTitle?: string
  /** The thread that is opened first; null for a new one. Default (ours): the one in the page's address. */
  initialThread?: string | null
  /** Does what the agent asks the page to do. What it returns, or the message it throws, goes back to the agent. */
  onClientTool?: ClientTool
  header?: HeaderOptions
  history?: HistoryOptions
  startScreen?: StartScreenOptions
  threadItemActions?: ThreadItemActionsOptions
  composer?: ComposerOptions
  disclaimer?: DisclaimerOptions
  entities?: EntitiesOptions
  commands?: CommandsOptions
  widgets?: WidgetsOptions
  thread?: ThreadOptions
}

export type ClientTool = (call: { name: string; params: Record<string, unknown> }) => unknown

/** A server of one's own. */
export interface CustomApi {
  /** Where the ChatKit door is; wins over the attribute `api-url`. Default `/chatkit`. */
  url?: string
  /** Sends every request, uploads too: the place to add a header. Must pass on the headers it is given. */
  fetch?: typeof globalThis.fetch
  /** Read by OpenAI's element only; ours asks nobody. */
  domainKey?: string
  /** How files get to the server. Default (ours): `two_phase`, which our server knows. */
  uploadStrategy?: { type: 'two_phase' } | { type: 'direct'; uploadUrl: string }
}

/** A server that knows people by the secrets of their sessions. */
export interface HostedApi {
  /**
   * Gives the secret of a session: for the first time with null, again with the current one shortly before it expires and when
   * it is refused.
   */
  getClientSecret(currentClientSecret: string | null): Promise<string>
  /**
   * Ours: where the ChatKit door is. Default: the attribute `api-url`, or `/v1/chatkit/conversation` where the script came from,
   * which takes nothing but the secrets of sessions.
   */
  url?: string
}

export type ColorScheme = 'light' | 'dark'

export interface ThemeOptions {
  colorScheme?: ColorScheme
  typography?: {
    /** In pixels, 14 to 18. Default 16. */
    baseSize?: number
    fontSources?: FontSource[]
    fontFamily?: string
    fontFamilyMono?: string
  }
  /** Default `pill`. */
  radius?: 'pill' | 'round' | 'soft' | 'sharp'
  /** Default `normal`. */
  density?: 'compact' | 'normal' | 'spacious'
  color?: {
    /** `hue` 0 to 360, `tint` 0 to 9 (how much of it), `shade` -4 to 4 (darker to lighter). */
    grayscale?: { hue: number; tint: number; shade?: number }
    /** `level` 0 to 3: how much of the page shows it. */
    accent?: { primary: string; level: number }
    surface?: { background: string; foreground: string }
  }
}

export interface FontSource {
  family: string
  src: string
  weight?: string | number
  style?: 'normal' | 'italic' | 'oblique'
  display?: 'auto' | 'block' | 'swap' | 'fallback' | 'optional'
  unicodeRange?: string
}

export interface HeaderOptions {
  /** Default true. */
  enabled?: boolean
  title?: {
    /** Default true. */
    enabled?: boolean
    /** Default: the thread's title. */
    text?: string
  }
  leftAction?: HeaderAction
  rightAction?: HeaderAction
}

export interface HeaderAction {
  icon: string
  /** Ours: what the button is called. Default: the icon's name. */
  label?: string
  onClick(): void
}

export interface HistoryOptions {
  /** Default true. */
  enabled?: boolean
  /** Default true. */
  showDelete?: boolean
  /** Default true. */
  showRename?: boolean
}

export interface StartScreenOptions {
  greeting?: string
  /** Pressing one sends its `prompt` at once. */
  prompts?: StartScreenPrompt[]
}

export interface StartScreenPrompt {
  label: string
  prompt: string | MessageContent[]
  icon?: string
}

/** A piece of a message that a page writes. */
export type MessageContent =
  | { type: 'input_text'; text: string }
  | {
      type: 'input_tag'
      text: string
      id: string
      group?: string
      data?: Record<string, unknown>
      interactive?: boolean
    }

export interface ThreadItemActionsOptions {
  /** Default false. */
  feedback?: boolean
  /** Default false. */
  retry?: boolean
}

export interface ComposerOptions {
  placeholder?: string
  attachments?: AttachmentsOptions
  tools?: ToolOption[]
  models?: ModelOption[]
  dictation?: { enabled: boolean }
}

export interface AttachmentsOptions {
  enabled: boolean
  /** In bytes, for all files or by media type (`image/*`, `*` for the rest). Default 100 MiB. */
  maxSize?: number | Record<string, number>
  /** For one message. Default 10. */
  maxCount?: number
  /** File name extensions by media type, as file pickers take them. Default: everything. */
  accept?: Record<string, string[]>
}

export interface ToolOption {
  id: string
  label: string
  icon: string
  shortLabel?: string
  placeholderOverride?: string
  /** Whether it stands outside the menu. Default false. */
  pinned?: boolean
  /** Whether it stays chosen after a message was sent. Default false. */
  persistent?: boolean
}

export interface ModelOption {
  id: string
  label: string
  description?: string
  disabled?: boolean
  default?: boolean
}

export interface DisclaimerOptions {
  /** Markdown. */
  text: string
  highContrast?: boolean
}

/** Something that can be mentioned. */
export interface Entity {
  id: string
  title: string
  icon?: string
  interactive?: boolean
  group?: string
  data?: Record<string, string>
}

export interface EntitiesOptions {
  /** Finds what may be mentioned with `@`. */
  onTagSearch?(query: string): Promise<Entity[]>
  /** Whether a button of the composer begins a mention. Default false. */
  showComposerMenu?: boolean
  onClick?(entity: Entity): void
  onRequestPreview?(entity: Entity): Promise<{ preview: WidgetComponent | null }>
}

export interface Command {
  id: string
  label: string
  description?: string
  icon?: string
  group?: string
}

export type CommandSelection = { type: 'entity'; entity: Entity } | { type: 'menu'; commands: Command[] }

export interface CommandsOptions {
  enabled: boolean
  onSearch?(query: string): Promise<Command[]>
  onSelect?(command: Command): Promise<CommandSelection | void>
}

/** An action as a page sees it. */
export interface PageAction {
  type: string
  payload?: Record<string, unknown>
}

export interface WidgetsOptions {
  /** Does the actions whose handler is the client. */
  onAction?(action: PageAction, item: { id: string; widget: WidgetComponent }): Promise<void> | void
}

export interface ThreadOptions {
  /** Whether a growing answer is followed. Default (ours) true, and only for those who are at its end. */
  autoScroll?: boolean
}

/** What `sendUserMessage` takes. */
export interface UserMessage {
  text?: string
  content?: MessageContent[]
  /** The text that it answers to. */
  reply?: string
  attachments?: UploadedFile[]
  newThread?: boolean
  toolChoice?: { id: string }
  model?: string
}

/** What `setComposerValue` takes. What is left out stays as it is. */
export interface ComposerValue {
  text?: string
  content?: MessageContent[]
  reply?: string
  attachments?: UploadedFile[]
  /** Uploaded at once. */
  files?: File[]
  /** Null: none. */
  selectedToolId?: string | null
  selectedModelId?: string
}

/** A widget, or a component of one: ChatKit's, or whatever an agent sends. */
export interface WidgetComponent {
  type: string
  id?: string
  key?: string
  [property: string]: unknown
}

/** A file that the server has. */
export type UploadedFile =
  | { type: 'file'; id: string; name: string; mime_type: string }
  | { type: 'image'; id: string; name: string; mime_type: string; preview_url: string }
