-- ChatKit sessions: credentials that let a browser act for one user. Table, columns and enum have contract A's names.

create type session_status as enum ('active', 'expired', 'revoked');

create table chatkit_sessions (
  id uuid primary key,
  tenant_id text not null,
  user_id text not null,
  -- What contract A calls the user, whoever signs people in.
  clerk_user_id text generated always as (user_id) stored,
  device_id text not null,
  workflow_id text not null,
  -- The order of lists: time is never that.
  seq bigint generated always as identity,
  -- SHA-256 of the token in force. The token itself is nowhere: it is made of id and generation with the server's key.
  session_token text not null unique,
  generation integer not null default 1 check (generation > 0),
  -- What has run out is noted when somebody next looks, so `active` counts until expires_at only.
  status session_status not null default 'active',
  metadata jsonb not null default '{}',
  -- What a page says about itself and its reader: contract B's fields, and nobody's word for who that is.
  page_context jsonb not null default '{}',
  -- What it is called where its workflow is hosted, the newest last.
  hosted_ids text[] not null default '{}',
  created_at timestamptz not null,
  -- When the token in force was made. The one before it is good for a minute from then.
  rotated_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  foreign key (tenant_id, user_id) references users on delete cascade,
  unique (tenant_id, user_id, seq)
);
-- Two tabs at once get one session.
create unique index chatkit_sessions_one_per_device on chatkit_sessions (tenant_id, user_id, device_id, workflow_id)
  where status = 'active';

-- What a request that comes through Supabase says of itself, by its `auth.jwt()`. Null where there is no such thing, or where
-- the current role may not ask: then nobody is named, and nothing is visible.
create function parley_jwt() returns jsonb language plpgsql stable as $$
declare
  claims jsonb;
begin
  if exists (
    select from pg_catalog.pg_proc
    join pg_catalog.pg_namespace on pg_namespace.oid = pg_proc.pronamespace
    where pg_namespace.nspname = 'auth' and pg_proc.proname = 'jwt' and pg_proc.pronargs = 0
      and pg_catalog.has_schema_privilege(pg_namespace.oid, 'usage')
      and pg_catalog.has_function_privilege(pg_proc.oid, 'execute')
  ) then
    execute 'select auth.jwt()::jsonb' into claims;
  end if;
  return claims;
end
$$;

alter table chatkit_sessions enable row level security;
alter table chatkit_sessions force row level security;
create policy chatkit_sessions_own on chatkit_sessions to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
-- Whoever a token speaks for is found by its session's id.
create policy chatkit_sessions_engine on chatkit_sessions for select to parley_engine using (true);
-- Through Supabase a user reads their own, and changes nothing. Both of our settings must be absent: half a name from here and
-- half from there would be somebody else's. Clerk's active organisation is the tenant, as in our own settings.
create policy chatkit_sessions_jwt on chatkit_sessions for select
  using (nullif(current_setting('parley.tenant', true), '') is null
    and nullif(current_setting('parley.user', true), '') is null
    and user_id = (select parley_jwt() ->> 'sub')
    and tenant_id = (select coalesce(parley_jwt() #>> '{o,id}', parley_jwt() ->> 'org_id', 'default')));

grant select, insert, update, delete on chatkit_sessions to parley_app;
grant select (id, tenant_id, user_id, workflow_id, generation, status, created_at, rotated_at, expires_at)
  on chatkit_sessions to parley_engine;
