-- Conversations that were copied from elsewhere: which is a copy of which, so that each is copied once, and how far it has come.

create table imported_threads (
  tenant_id text not null,
  -- As the source calls it. Whatever it is copied from, a tenant has one copy of it.
  source_id text not null,
  user_id text not null,
  -- Null once the copy was deleted: it is not copied again.
  thread_id uuid,
  -- As the source calls the last item that was copied.
  last_item_id text,
  primary key (tenant_id, source_id),
  foreign key (tenant_id, user_id) references users on delete cascade,
  -- The name is claimed before the thread is written.
  foreign key (thread_id, tenant_id, user_id) references threads (id, tenant_id, user_id)
    on update cascade on delete set null (thread_id) deferrable initially deferred
);
create unique index imported_threads_of_thread on imported_threads (thread_id) where thread_id is not null;

-- Where copying goes on in a source's list of threads, when it was broken off.
create table imports (
  tenant_id text not null references tenants on delete cascade,
  name text not null,
  place text,
  primary key (tenant_id, name)
);

alter table imported_threads enable row level security;
alter table imported_threads force row level security;
create policy imported_threads_own on imported_threads to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

-- Of whoever looks after the tenant: the tenant without a user.
alter table imports enable row level security;
alter table imports force row level security;
create policy imports_of_tenant on imports to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and nullif(current_setting('parley.user', true), '') is null)
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and nullif(current_setting('parley.user', true), '') is null);

grant select, insert, update on imported_threads, imports to parley_app;
