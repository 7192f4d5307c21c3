-- What a conversation is made of. Roles parley_app and parley_engine are there before this runs (server/storage/roles.ts).
-- Every table that holds a person's data forces row level security, so that a query that forgets its `where` finds nothing.

create table tenants (
  tenant_id text primary key,
  created_at timestamptz not null default now()
);

create table users (
  tenant_id text not null references tenants on delete cascade,
  user_id text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id)
);

create table threads (
  id uuid primary key,
  tenant_id text not null,
  user_id text not null,
  -- The order of lists: time is never that.
  seq bigint generated always as identity,
  -- The number of the thread's newest item, raised under the lock of this row.
  last_item_seq bigint not null default 0,
  created_at timestamptz not null,
  title text,
  status text not null check (status in ('active', 'locked', 'closed')),
  status_reason text,
  allowed_image_domains text[],
  metadata jsonb not null,
  foreign key (tenant_id, user_id) references users on delete cascade,
  -- What belongs to a thread points here, so it cannot have another owner.
  unique (id, tenant_id, user_id),
  unique (tenant_id, user_id, seq)
);

create table items (
  thread_id uuid not null,
  id text not null,
  tenant_id text not null,
  user_id text not null,
  seq bigint not null,
  type text not null,
  created_at timestamptz not null,
  -- The item without the fields that have columns.
  body jsonb not null,
  feedback text check (feedback in ('positive', 'negative')),
  primary key (thread_id, id),
  unique (thread_id, seq),
  foreign key (thread_id, tenant_id, user_id) references threads (id, tenant_id, user_id) on delete cascade
);
create table runs (
  id uuid primary key,
  tenant_id text not null,
  user_id text not null,
  thread_id uuid not null,
  seq bigint generated always as identity,
  status text not null default 'running'
    check (status in ('running', 'completed', 'failed', 'cancelled', 'interrupted')),
  -- Who drives it, null when nobody does. Every write to the run is fenced by it.
  process_id text,
  lease_expires_at timestamptz not null,
  cancel_requested_at timestamptz,
  -- The newest event's number, written when the run ends; before that the log knows.
  last_seq bigint not null default 0,
  error text,
  usage jsonb,
  idempotency_key text,
  request_hash text,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  log_deleted boolean not null default false,
  unique (id, tenant_id, user_id),
  foreign key (thread_id, tenant_id, user_id) references threads (id, tenant_id, user_id) on delete cascade
);
-- One at a time. It is also how the few running runs are found among all others.
create unique index runs_one_running_per_thread on runs (thread_id) where status = 'running';
create unique index runs_idempotency_key on runs (tenant_id, user_id, idempotency_key)
  where idempotency_key is not null;
create index runs_newest_of_thread on runs (thread_id, seq);
create index runs_with_old_logs on runs (ended_at) where ended_at is not null and not log_deleted;

-- One row per run and group of events: what one tick wrote.
create table run_events (
  run_id uuid not null,
  first_seq bigint not null,
  last_seq bigint not null,
  tenant_id text not null,
  user_id text not null,
  -- A line of JSON per event, each with its own number.
  events text not null,
  primary key (run_id, first_seq),
  foreign key (run_id, tenant_id, user_id) references runs (id, tenant_id, user_id) on delete cascade
);

create table attachments (
  id uuid primary key,
  tenant_id text not null,
  user_id text not null,
  thread_id uuid,
  type text not null check (type in ('file', 'image')),
  name text not null,
  mime_type text not null,
  -- The rest of it.
  body jsonb not null,
  created_at timestamptz not null default now(),
  foreign key (tenant_id, user_id) references users on delete cascade,
  foreign key (thread_id, tenant_id, user_id) references threads (id, tenant_id, user_id) on delete cascade
);
create index attachments_of_thread on attachments (thread_id) where thread_id is not null;
create index attachments_of_user on attachments (tenant_id, user_id);

-- A setting that was local to an ended transaction reads as '', not as null.
alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenants_own on tenants to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), ''));

alter table users enable row level security;
alter table users force row level security;
create policy users_own on users to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

alter table threads enable row level security;
alter table threads force row level security;
create policy threads_own on threads to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
create policy threads_engine on threads to parley_engine using (true) with check (true);

alter table items enable row level security;
alter table items force row level security;
create policy items_own on items to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
create policy items_engine on items to parley_engine using (true) with check (true);

alter table runs enable row level security;
alter table runs force row level security;
create policy runs_own on runs to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
create policy runs_engine on runs to parley_engine using (true) with check (true);

alter table run_events enable row level security;
alter table run_events force row level security;
create policy run_events_own on run_events to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
create policy run_events_engine on run_events to parley_engine using (true) with check (true);

alter table attachments enable row level security;
alter table attachments force row level security;
create policy attachments_own on attachments to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

grant select, insert on tenants, users to parley_app;
grant select, insert, update, delete on threads, items, attachments to parley_app;
grant select, insert, update on runs to parley_app;
grant select, insert on run_events to parley_app;

grant select, update on threads to parley_engine;
grant select, insert, update, delete on items to parley_engine;
grant select, update on runs to parley_engine;
grant select, insert, delete on run_events to parley_engine;
