-- The platform API: keys with which a server acts for its whole tenant, and the sessions that it makes with them.

create table api_keys (
  id uuid primary key,
  tenant_id text not null references tenants on delete cascade,
  -- The order of lists: time is never that.
  seq bigint generated always as identity,
  name text not null check (char_length(name) between 1 and 200),
  -- SHA-256 of the key, which itself is nowhere: it has 256 random bits, so nothing slower is needed.
  hash text not null unique,
  scopes text[] not null check (cardinality(scopes) > 0),
  created_at timestamptz not null,
  -- To the minute or so.
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_of_tenant on api_keys (tenant_id, seq);

alter table api_keys enable row level security;
alter table api_keys force row level security;
-- Whoever looks after the tenant's keys says so in the transaction: a user's own statements never see one.
create policy api_keys_of_tenant on api_keys to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and current_setting('parley.keys', true) = 'open')
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and current_setting('parley.keys', true) = 'open');
-- Whoever shows a key is found by its hash.
create policy api_keys_engine_reads on api_keys for select to parley_engine using (true);
create policy api_keys_engine_notes on api_keys for update to parley_engine using (true) with check (true);

grant select, insert on api_keys to parley_app;
grant update (revoked_at) on api_keys to parley_app;
grant select (id, tenant_id, hash, scopes, created_at, last_used_at, revoked_at) on api_keys to parley_engine;
grant update (last_used_at) on api_keys to parley_engine;

-- What a server has said of a session that it made: null for those that browsers ask for themselves.
alter table chatkit_sessions add column requests_per_minute integer check (requests_per_minute > 0);
alter table chatkit_sessions add column terms jsonb;
alter table chatkit_sessions add constraint chatkit_sessions_terms check ((requests_per_minute is null) = (terms is null));
grant select (requests_per_minute) on chatkit_sessions to parley_engine;
-- What a server says of a session may be nothing for its user to read.
alter policy chatkit_sessions_jwt on chatkit_sessions
  using (nullif(current_setting('parley.tenant', true), '') is null
    and nullif(current_setting('parley.user', true), '') is null
    and terms is null
    and user_id = (select parley_jwt() ->> 'sub')
    and tenant_id = (select coalesce(parley_jwt() #>> '{o,id}', parley_jwt() ->> 'org_id', 'default')));

-- A key of the tenant reads whose thread is which, in a transaction that says so. What is in one is read as its user.
create policy threads_platform on threads for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and current_setting('parley.platform', true) = 'open');
create index threads_of_tenant on threads (tenant_id, seq);
