/** What the conversation needs from a database. `storage/` implements it, one contract suite holds both engines to it. */
import type { RunEndStatus, RunStatus, SequencedEvent } from './events.ts'
import type { Attachment, Item, UserMessageItem } from './items.ts'
import type { Usage } from './model.ts'
import type { Owner, Page, PageRequest, Thread, ThreadField } from './threads.ts'

/** What stands in a run's log behind a number. */
export interface RunSince {
  events: SequencedEvent[]
  /** There was nothing more when it was read. */
  isAll: boolean
  /** As it was before the log was read: one that had ended then has its end among the events, unless its log is thrown away. */
  run: Run
}

/** Everything here acts as the owner: another's thread does not exist. */
export interface ConversationStore {
  /** Throws `not_found`, as everything below does for a thread, item, run or attachment that the owner does not have. */
  thread(owner: Owner, threadId: string): Promise<Thread>
  /** Newest first is `desc`: by creation, as a sequence number counts it. */
  threads(owner: Owner, page: PageRequest): Promise<Page<Thread>>
  items(owner: Owner, threadId: string, page: PageRequest): Promise<Page<Item>>
  item(owner: Owner, threadId: string, itemId: string): Promise<Item>
  deleteThread(owner: Owner, threadId: string): Promise<void>
  /** One transaction on one thread, its row locked. When `work` throws, nothing happened. */
  changeThread<Result>(
    owner: Owner,
    threadId: string,
    work: (transaction: ThreadTransaction) => Promise<Result>,
  ): Promise<Result>
  /** The same with a thread that is created first. */
  createThread<Result>(
    owner: Owner,
    thread: Thread,
    work: (transaction: ThreadTransaction) => Promise<Result>,
  ): Promise<Result>
  /**
   * A message and the run that answers it, all or nothing: how nearly every turn begins. Turns that wait together are
   * stored together. Resolves with the thread. Throws `not_found`, and `wrong_state` as `beginRun` does and for a thread
   * that is not active.
   */
  beginTurn(owner: Owner, turn: Turn): Promise<Thread>
  saveFeedback(
    owner: Owner,
    threadId: string,
    itemIds: string[],
    kind: 'positive' | 'negative',
  ): Promise<void>

  createAttachment(owner: Owner, attachment: Attachment): Promise<void>
  attachment(owner: Owner, attachmentId: string): Promise<Attachment>
  deleteAttachment(owner: Owner, attachmentId: string): Promise<void>

  run(owner: Owner, runId: string): Promise<Run>
  /** The run that was begun with this key, and what for. */
  runByIdempotencyKey(owner: Owner, key: string): Promise<{ run: Run; requestHash: string } | null>
  /** The run that was begun last in the thread, running or not. */
  newestRun(owner: Owner, threadId: string): Promise<Run | null>
  /** The log behind `afterSeq`, oldest first, at most about `bytesMax` of it. Empty when there is nothing (more). */
  runEvents(owner: Owner, runId: string, afterSeq: number, bytesMax: number): Promise<SequencedEvent[]>
  /** The same for a follower, with what it would ask next: whether that was all, and the run as it was just before. */
  runSince(owner: Owner, runId: string, afterSeq: number, bytesMax: number): Promise<RunSince>
  /** Leaves a note for the process that runs it, and wakes it. Does nothing to a run that has ended. */
  requestCancel(owner: Owner, runId: string): Promise<void>
  /** Tells the process that drives the run what became of a client that could only close. */
  signalClient(owner: Owner, runId: string, news: ClientNews): Promise<void>
}

/** It has closed its stream, it is looking at the thread again, or it has gone on with another message. */
export type ClientNews = 'left' | 'returned' | 'moved-on'

export interface ThreadTransaction {
  /** As it was when the row was locked. */
  readonly thread: Thread
  item(itemId: string): Promise<Item | null>
  /** Newest first. */
  newestItems(limit: number): Promise<Item[]>
  /** Inserts at the thread's end, or replaces the item in its place. */
  saveItem(item: Item): Promise<void>
  deleteItem(itemId: string): Promise<void>
  /** Everything that comes after the item in the thread. */
  deleteItemsAfter(itemId: string): Promise<void>
  /** Saves these fields of it. Default: all. */
  saveThread(thread: Thread, changed?: readonly ThreadField[]): Promise<void>
  /** Marks the attachments as used in this thread. Throws `not_found` for one the owner does not have. */
  claimAttachments(attachmentIds: string[]): Promise<Attachment[]>
  /**
   * Begins a run with its first events in the log. Throws `wrong_state` when one is running in this thread:
   * one at a time, held by a unique index; and when the idempotency key is taken.
   */
  beginRun(run: NewRun, events: SequencedEvent[]): Promise<void>
}

export interface Turn {
  threadId: string
  /** There when the thread begins with this turn. */
  threadCreatedAt?: string
  message: UserMessageItem
  run: NewRun
  /** The first of the run's log. */
  events: SequencedEvent[]
}

export interface NewRun {
  id: string
  /** Who drives it and must keep its lease. */
  processId: string
  leaseSeconds: number
  /** The client's own name for its request, unique per owner: the same key never begins a second run. */
  idempotencyKey?: string
  /** What the key was used for, so that another request with the same key is refused. */
  requestHash?: string
}

export interface Run {
  id: string
  threadId: string
  status: RunStatus
  /** The sequence number of the newest event in the log. */
  lastSeq: number
  createdAt: string
  /** Said when the run has failed, in words for the user. */
  error?: string
  usage?: Usage
}

/**
 * The engine's side: it acts for all users at once, as a role of its own that can do nothing else.
 * Everything a process writes about a run is fenced: a run whose lease went to somebody else takes no more writes from it.
 */
export interface RunJournal {
  /**
   * Group commit: the events and changes of many runs in one transaction. Other processes hear of those that they follow.
   * Resolves with the ids of the runs that are no longer this process's: of those, nothing was written.
   * A run whose entry the database refuses for what it says is let go of, so that it is among them, and is settled by a takeover.
   */
  append(processId: string, entries: JournalEntry[]): Promise<Set<string>>
  /** Keeps these of the process's runs for another lease, and no others. Resolves with those it still has. */
  renewLeases(processId: string, leaseSeconds: number, runIds: string[]): Promise<HeldRun[]>
  /** Takes over runs whose lease ran out, at most `limit`, none that another process is taking or that it has itself. */
  takeOver(processId: string, leaseSeconds: number, limit: number): Promise<AbandonedRun[]>
  /** Lets go of this process's runs at once, so that another need not wait for the lease. */
  releaseLeases(processId: string): Promise<void>
  /** The whole log of a run this process holds. */
  log(runId: string): Promise<SequencedEvent[]>
  /** Throws the logs of runs away that ended longer ago than this. Resolves with how many runs. */
  deleteLogs(endedSecondsAgo: number): Promise<number>
  /** Tells every process, ours too. A hint: it may be lost. */
  signal(signal: LogSignal): Promise<void>
  /** Calls back for every signal, ours and other processes'. Resolves with what ends it. */
  listen(handler: (signal: RunSignal) => void): Promise<() => Promise<void>>
}

export interface JournalEntry {
  owner: Owner
  threadId: string
  runId: string
  events: SequencedEvent[]
  /** What the events change in the stored conversation, in order. */
  changes: ConversationChange[]
  /** There when the run ends with this entry. */
  end?: { status: RunEndStatus; error?: string; usage?: Usage }
  /** Somebody follows the run from another process, or may: then all are told that its log has grown. */
  isFollowedElsewhere: boolean
}

export type ConversationChange =
  | { type: 'save-item'; item: Item }
  | { type: 'delete-item'; itemId: string }
  /** Only these fields: the user may have renamed the thread meanwhile. */
  | { type: 'save-thread'; thread: Thread; changed: ThreadField[] }

export interface HeldRun {
  runId: string
  cancelRequested: boolean
}

export interface AbandonedRun {
  runId: string
  threadId: string
  owner: Owner
}

/** `appended`: these runs' logs have grown. `followed`: a process that does not drive these runs wants to hear of that. */
export interface LogSignal {
  type: 'appended' | 'followed'
  runIds: string[]
}

export type RunSignal =
  | LogSignal
  | { type: 'cancel-requested'; runId: string }
  | { type: 'client'; runId: string; news: ClientNews }
  /** The connection was lost for a while: anything may have happened. */
  | { type: 'resync' }
