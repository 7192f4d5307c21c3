"""OpenAI's Python package, unmodified: every method of `beta.chatkit`, with its pages and its errors.

    OPENAI_BASE_URL=http://localhost:8787/v1 OPENAI_API_KEY=sk-parley-… python every_method.py

It works in the tenant of the key, where a user `ada` has had at least three conversations of a question and an answer, and deletes
the oldest of them.
"""

import openai

client = openai.OpenAI(max_retries=0)
sessions, threads = client.beta.chatkit.sessions, client.beta.chatkit.threads

session = sessions.create(user="ada", workflow={"id": "assistant", "state_variables": {"plan": "pro"}})
assert (session.object, session.status, session.user) == ("chatkit.session", "active", "ada"), session
assert session.client_secret and session.max_requests_per_1_minute == 10, session

listed = [thread.id for thread in threads.list(user="ada", limit=1, order="asc")]
assert len(set(listed)) == len(listed) >= 3, listed
pages = [[thread.id for thread in page.data] for page in threads.list(user="ada", limit=2, order="asc").iter_pages()]
assert pages[0] == listed[:2] and sum(pages, []) == listed, pages
assert threads.list(user="ada", before=listed[2], order="asc", limit=1).data[0].id == listed[1]

thread = threads.retrieve(listed[0])
assert (thread.id, thread.user, thread.status.type) == (listed[0], "ada", "active"), thread
items = [item.type for item in threads.list_items(thread.id, limit=1, order="asc")]
assert items[0] == "chatkit.user_message" and "chatkit.assistant_message" in items, items
deleted = threads.delete(thread.id)
assert (deleted.id, deleted.deleted) == (thread.id, True), deleted

cancelled = sessions.cancel(session.id)
assert (cancelled.id, cancelled.status) == (session.id, "cancelled"), cancelled

for refused, ask in [
    (openai.NotFoundError, lambda: threads.retrieve(thread.id)),
    (openai.BadRequestError, lambda: threads.list(limit=101)),
    (openai.AuthenticationError, lambda: client.with_options(api_key="sk-none").beta.chatkit.threads.list()),
]:
    try:
        ask()
    except refused:
        continue
    raise AssertionError(f"{refused.__name__} was expected")

print(f"openai {openai.__version__}: every method answered")
