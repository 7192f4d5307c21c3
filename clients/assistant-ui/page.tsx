/** A page of assistant-ui, as its documents show it: a list of threads, and the one that is open. It keeps them at `baseUrl`. */
import {
  ActionBarPrimitive,
  AssistantCloud,
  AssistantRuntimeProvider,
  BranchPickerPrimitive,
  ComposerPrimitive,
  MessagePrimitive,
  ThreadListItemPrimitive,
  ThreadListPrimitive,
  ThreadPrimitive,
  useAui,
  useCloudThreadListRuntime,
  useLocalRuntime,
} from '@assistant-ui/react'
import { useMemo } from 'react'
import { createRoot } from 'react-dom/client'
import { baseUrl, createAgent } from './agent.ts'

const cloud = new AssistantCloud({ baseUrl, anonymous: true })

function useThread() {
  const aui = useAui()
  const agent = useMemo(
    () => createAgent(async () => (await aui.threadListItem().initialize()).remoteId),
    [aui],
  )
  return useLocalRuntime(agent)
}

function ListItem() {
  const aui = useAui()
  return (
    <ThreadListItemPrimitive.Root>
      <ThreadListItemPrimitive.Trigger>
        <ThreadListItemPrimitive.Title fallback="New chat" />
      </ThreadListItemPrimitive.Trigger>
      <button onClick={() => aui.threadListItem().rename('Renamed')}>Rename</button>
      <ThreadListItemPrimitive.Archive>Archive</ThreadListItemPrimitive.Archive>
      <ThreadListItemPrimitive.Unarchive>Bring back</ThreadListItemPrimitive.Unarchive>
      <ThreadListItemPrimitive.Delete>Delete</ThreadListItemPrimitive.Delete>
    </ThreadListItemPrimitive.Root>
  )
}

function Question() {
  return (
    <MessagePrimitive.Root role="article" aria-label="Question">
      <MessagePrimitive.Parts />
    </MessagePrimitive.Root>
  )
}

function Answer() {
  return (
    <MessagePrimitive.Root role="article" aria-label="Answer">
      <MessagePrimitive.Parts />
      <BranchPickerPrimitive.Root hideWhenSingleBranch>
        <BranchPickerPrimitive.Previous>Before</BranchPickerPrimitive.Previous>
        <output>
          <BranchPickerPrimitive.Number /> of <BranchPickerPrimitive.Count />
        </output>
      </BranchPickerPrimitive.Root>
      <ActionBarPrimitive.Root hideWhenRunning>
        <ActionBarPrimitive.Reload>Again</ActionBarPrimitive.Reload>
      </ActionBarPrimitive.Root>
    </MessagePrimitive.Root>
  )
}

function Page() {
  const runtime = useCloudThreadListRuntime({ cloud, runtimeHook: useThread })
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <nav>
        <ThreadListPrimitive.New>New</ThreadListPrimitive.New>
        <section aria-label="Threads">
          <ThreadListPrimitive.Items components={{ ThreadListItem: ListItem }} />
        </section>
        <section aria-label="Archive">
          <ThreadListPrimitive.Items archived components={{ ThreadListItem: ListItem }} />
        </section>
      </nav>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Viewport>
          <ThreadPrimitive.Messages components={{ UserMessage: Question, AssistantMessage: Answer }} />
        </ThreadPrimitive.Viewport>
        <ComposerPrimitive.Root>
          <ComposerPrimitive.Input aria-label="Message" />
          <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
        </ComposerPrimitive.Root>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  )
}

const root = document.querySelector('#root')
if (root !== null) createRoot(root).render(<Page />)
