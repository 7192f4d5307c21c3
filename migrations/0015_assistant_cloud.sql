-- What assistant-ui's cloud client keeps: messages in formats of its own, in a tree, and what it says of threads.

create table client_threads (
  thread_id uuid primary key,
  tenant_id text not null,
  user_id text not null,
  external_id text,
  is_archived boolean not null default false,
  -- JSON as it came: a jsonb would order its keys anew.
  metadata text,
  last_message_at timestamptz not null,
  -- The number of the thread's newest item when that was said: what was said later counts more.
  item_seq bigint not null,
  -- Of all messages' contents together, in characters.
  content_length bigint not null default 0,
  updated_at timestamptz not null,
  foreign key (thread_id, tenant_id, user_id) references threads (id, tenant_id, user_id)
    on update cascade on delete cascade
);
create index client_threads_external_id on client_threads (tenant_id, user_id, external_id)
  where external_id is not null;

create table client_messages (
  thread_id uuid not null,
  id text not null,
  tenant_id text not null,
  user_id text not null,
  -- The order within a height of the tree: time is never that.
  seq bigint generated always as identity,
  -- Null for a beginning. Two messages with one parent are two branches.
  parent_id text,
  height integer not null check (height >= 0),
  -- As the client wrote it, JSON as it came. Null where it has written nothing: the message is then what its items say.
  format text,
  content text,
  -- The words in it, for those who do not know the format: {"role", "texts", "incomplete"}. Null where there are none.
  said jsonb,
  -- What stands for it in the thread, as long as it does: a branch that was left has no items any more.
  item_ids text[] not null default '{}',
  -- Whether those are the thread's own, or were made of this message.
  from_items boolean not null,
  -- The number of the last of them.
  item_seq bigint,
  feedback text check (feedback in ('positive', 'negative')),
  feedback_comment text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (thread_id, id),
  check ((content is null) = (format is null)),
  check (content is not null or said is not null),
  foreign key (thread_id, parent_id) references client_messages (thread_id, id),
  foreign key (thread_id, tenant_id, user_id) references threads (id, tenant_id, user_id)
    on update cascade on delete cascade
);
create unique index client_messages_in_order on client_messages (thread_id, height, seq);
create index client_messages_of_items on client_messages (thread_id, item_seq) where item_seq is not null;
create index client_messages_of_parent on client_messages (thread_id, parent_id);

alter table client_threads enable row level security;
alter table client_threads force row level security;
create policy client_threads_own on client_threads to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
-- A key of the tenant reads what is said of its users' threads, in a transaction that says so.
create policy client_threads_platform on client_threads for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and current_setting('parley.platform', true) = 'open');

alter table client_messages enable row level security;
alter table client_messages force row level security;
create policy client_messages_own on client_messages to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

grant select, insert, update on client_threads, client_messages to parley_app;
