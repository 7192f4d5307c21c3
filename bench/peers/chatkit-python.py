"""openai-chatkit under uvicorn, as its documentation has it, with a store that keeps everything in memory."""

import os
from collections import defaultdict

import uvicorn
from agents import Agent, Runner, set_default_openai_client, set_tracing_disabled
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import Page
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI

set_default_openai_client(
    AsyncOpenAI(api_key=os.environ["OPENAI_API_KEY"], base_url=os.environ["UPSTREAM_URL"] + "/v1")
)
set_tracing_disabled(True)
assistant = Agent(name="Assistant", instructions="You are a helpful assistant.", model="bench")


class MemoryStore(Store[dict]):
    def __init__(self):
        self.threads = {}
        self.items = defaultdict(list)

    async def load_thread(self, thread_id, context):
        if thread_id not in self.threads:
            raise NotFoundError(thread_id)
        return self.threads[thread_id].model_copy(deep=True)

    async def save_thread(self, thread, context):
        self.threads[thread.id] = thread.model_copy(deep=True)

    async def load_threads(self, limit, after, order, context):
        return Page(data=list(self.threads.values())[:limit], has_more=False)

    async def load_thread_items(self, thread_id, after, limit, order, context):
        items = self.items[thread_id]
        return Page(data=(items[::-1] if order == "desc" else items)[:limit], has_more=len(items) > limit)

    async def add_thread_item(self, thread_id, item, context):
        self.items[thread_id].append(item)

    async def save_item(self, thread_id, item, context):
        items = self.items[thread_id]
        for index, known in enumerate(items):
            if known.id == item.id:
                items[index] = item
                return
        items.append(item)

    async def load_item(self, thread_id, item_id, context):
        for item in self.items[thread_id]:
            if item.id == item_id:
                return item
        raise NotFoundError(item_id)

    async def delete_thread(self, thread_id, context):
        self.threads.pop(thread_id, None)
        self.items.pop(thread_id, None)

    async def delete_thread_item(self, thread_id, item_id, context):
        self.items[thread_id] = [item for item in self.items[thread_id] if item.id != item_id]

    async def save_attachment(self, attachment, context):
        raise NotImplementedError

    async def load_attachment(self, attachment_id, context):
        raise NotFoundError(attachment_id)

    async def delete_attachment(self, attachment_id, context):
        raise NotFoundError(attachment_id)


class Server(ChatKitServer[dict]):
    async def respond(self, thread, input_user_message, context):
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        agent_input = await simple_to_agent_input(list(reversed(page.data)))
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(assistant, agent_input, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


server = Server(MemoryStore())
app = FastAPI()


@app.post("/chatkit")
async def chatkit(request: Request):
    result = await server.process(await request.body(), {})
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")
    return Response(content=result.json, media_type="application/json")


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", access_log=False)
