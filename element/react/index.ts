/** What React apps import from `@parley/element/react`. */
export { ParleyChat } from './parley-chat.tsx'
export type { ChatHandlers, ParleyChatProps } from './parley-chat.tsx'
export { SessionRequestError } from './session-client.ts'
export type { ChatKitSession, SessionClientOptions, SessionSnapshot, SessionWish } from './session-client.ts'
export { useChatKitSession } from './use-chatkit-session.ts'
export type { UseChatKitSessionOptions, UseChatKitSessionReturn } from './use-chatkit-session.ts'
