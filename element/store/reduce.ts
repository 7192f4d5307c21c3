import { reduceComposer } from './composer.ts'
import type { ChatEvent, PhaseEvent, SideEvent } from './events.ts'
import { reduceHistory } from './history.ts'
import { replaceItem } from './items.ts'
import { phaseTable } from './phases.ts'
import { reducePreview } from './preview.ts'
import { rate } from './ratings.ts'
import type { ChatState } from './state.ts'
import { reduceWidgets } from './widgets.ts'

/** The whole store as one pure function: nothing here knows a document, a network or a clock. */
export function reduce(state: ChatState, event: ChatEvent): ChatState {
  return isPhaseEvent(event) ? changePhase(state, event) : reduceSide(state, event)
}

function isPhaseEvent(event: ChatEvent): event is PhaseEvent {
  return event.type in phaseTable.start
}

function changePhase(state: ChatState, event: PhaseEvent): ChatState {
  // The table pairs every event with a cell for just that event, which TypeScript cannot see through the index.
  const cell = phaseTable[state.phase][event.type] as (state: ChatState, event: PhaseEvent) => ChatState
  return cell(state, event)
}

function reduceSide(state: ChatState, event: SideEvent): ChatState {
  switch (event.type) {
    case 'at-end':
      return state.atEnd === event.atEnd ? state : { ...state, atEnd: event.atEnd }
    case 'problem':
      return { ...state, problem: event.message }
    case 'problem-dismissed':
      return { ...state, problem: null }
    case 'notice-dismissed':
      return { ...state, notices: state.notices.filter((notice) => notice.id !== event.id) }
    case 'copied':
      return { ...state, copied: event.what }
    case 'tools':
      return { ...state, tools: event.running }
    case 'earlier-asked':
      return { ...state, earlier: { ...state.earlier, loading: true } }
    case 'earlier-arrived':
      return withEarlier(state, event)
    case 'earlier-failed':
      return { ...state, earlier: { ...state.earlier, loading: false }, problem: event.message }
    case 'thread-changed':
      return {
        ...state,
        history: reduceHistory(state.history, event),
        title: event.thread.id === state.threadId ? event.thread.title : state.title,
      }
    case 'selected':
      return { ...state, selected: event.selected }
    case 'questions-changed':
      return { ...state, questions: event.questions }
    case 'rated':
      return { ...state, ratings: rate(state.ratings, event) }
    case 'preview-asked':
    case 'preview-arrived':
    case 'preview-closed':
      return { ...state, preview: reducePreview(state.preview, event) }
    case 'outgoing':
      return { ...state, outgoing: [event.outgoing] }
    case 'item-replaced':
      return withReplaced(state, event)
    case 'widget-entered':
    case 'widget-unfolded':
    case 'widget-popup':
    case 'widget-acting':
    case 'widget-acted':
      return { ...state, widgets: reduceWidgets(state.widgets, event) }
    case 'history-opened':
    case 'history-closed':
    case 'history-arrived':
    case 'history-searched':
    case 'history-more-asked':
    case 'history-failed':
    case 'history-renaming':
    case 'history-renaming-ended':
    case 'history-deleting':
    case 'history-deleting-ended':
    case 'thread-deleted':
      return { ...state, history: reduceHistory(state.history, event) }
    case 'composer-set':
    case 'composer-sent':
    case 'composer-editing':
    case 'composer-editing-ended':
    case 'attachments-added':
    case 'attachment-changed':
    case 'attachment-removed':
    case 'composer-waiting':
    case 'dictation':
    case 'composer-menu':
      return { ...state, composer: reduceComposer(state.composer, event) }
  }
}

function withReplaced(
  state: ChatState,
  { threadId, item }: Extract<SideEvent, { type: 'item-replaced' }>,
): ChatState {
  if (threadId !== state.threadId) return state
  return { ...state, items: replaceItem(state.items, item, state.earlier.cursor !== undefined) }
}

/** Pages come newest first. The cursor may name an item that was never shown, so it is the server's, not ours. */
function withEarlier(
  state: ChatState,
  { threadId, page }: Extract<SideEvent, { type: 'earlier-arrived' }>,
): ChatState {
  if (threadId !== state.threadId) return state
  const known = new Set(state.items.map((item) => item.id))
  const earlier = page.data.toReversed().filter((item) => !known.has(item.id))
  return {
    ...state,
    items: [...earlier, ...state.items],
    earlier: { cursor: page.has_more ? page.after : undefined, loading: false },
  }
}
