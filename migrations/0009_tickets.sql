-- Conversations handed to people, and files that wait in a conversation for the message that they go with.

create table tickets (
  id uuid primary key,
  tenant_id text not null,
  -- Whose conversation it was opened from.
  user_id text not null,
  -- The order of lists: time is never that.
  seq bigint generated always as identity,
  title text not null check (char_length(title) between 1 and 200),
  category text not null
    check (category in ('Bug Report', 'Feature Request', 'Technical Support', 'Account Issue', 'Billing')),
  priority text not null check (priority in ('low', 'medium', 'high', 'urgent')),
  status text not null default 'open' check (status in ('open', 'in_progress', 'resolved', 'closed')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (tenant_id, user_id) references users on delete cascade,
  unique (id, tenant_id, user_id)
);
create index tickets_of_tenant on tickets (tenant_id, seq);
create index tickets_of_user on tickets (tenant_id, user_id);

-- The tie between a ticket and its conversation: it goes with the conversation, and the ticket stays.
create table ticket_threads (
  id uuid primary key,
  tenant_id text not null,
  user_id text not null,
  ticket_id uuid not null unique,
  -- One ticket for a conversation, however often it is asked for.
  thread_id uuid not null unique,
  foreign key (ticket_id, tenant_id, user_id) references tickets (id, tenant_id, user_id) on delete cascade,
  foreign key (thread_id, tenant_id, user_id) references threads (id, tenant_id, user_id) on delete cascade
);

-- It waits as long as its attachment belongs to no thread; after that the row only tells how it came.
create table waiting_files (
  attachment_id uuid primary key,
  tenant_id text not null,
  user_id text not null,
  thread_id uuid not null,
  foreign key (attachment_id, tenant_id, user_id) references attachments (id, tenant_id, user_id) on delete cascade,
  foreign key (thread_id, tenant_id, user_id) references threads (id, tenant_id, user_id) on delete cascade
);
create index waiting_files_of_thread on waiting_files (thread_id);

alter table tickets enable row level security;
alter table tickets force row level security;
create policy tickets_own on tickets to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
-- Whoever may read the tenant's inbox says so in the transaction.
create policy tickets_inbox on tickets for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and current_setting('parley.inbox', true) = 'open');

alter table ticket_threads enable row level security;
alter table ticket_threads force row level security;
create policy ticket_threads_own on ticket_threads to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
create policy ticket_threads_inbox on ticket_threads for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and current_setting('parley.inbox', true) = 'open');

alter table waiting_files enable row level security;
alter table waiting_files force row level security;
create policy waiting_files_own on waiting_files to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

grant select, insert on tickets, ticket_threads, waiting_files to parley_app;
