-- What was taken back before its time: one credential, or all that a user was given before a moment. Without a reference to
-- users: when somebody's data is deleted, what was taken back from them must stay so.

create table revocations (
  tenant_id text not null,
  user_id text not null,
  -- The credential's (hash:…, token:…, session:…); '' stands for all of the user's.
  name text not null,
  revoked_at timestamptz not null,
  -- Null: never to be forgotten.
  expires_at timestamptz,
  -- By the database's clock: what is new is found by it.
  noted_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, user_id, name)
);
create index revocations_newest on revocations (noted_at);

alter table revocations enable row level security;
alter table revocations force row level security;
create policy revocations_own on revocations to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
create policy revocations_engine on revocations to parley_engine using (true) with check (true);

-- Nobody takes a revocation back; the engine tells every process of all, and forgets those that have run out.
grant select, insert, update on revocations to parley_app;
grant select, delete on revocations to parley_engine;
