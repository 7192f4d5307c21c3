-- The bytes of attachments. A blob's row is written before its bytes and deleted after them, so whatever lies in the store is
-- known here; `server/files/keeper.ts` has the drawing.

alter table attachments
  add column state text not null default 'pending' check (state in ('pending', 'uploaded', 'quarantined')),
  -- What belongs to an attachment points here, so it cannot have another owner.
  add unique (id, tenant_id, user_id);

create table blobs (
  -- Its name in the store.
  key text primary key,
  tenant_id text not null,
  user_id text not null,
  -- Null: nobody's, not yet or no longer.
  attachment_id uuid,
  purpose text check (purpose in ('content', 'preview')),
  mime_type text,
  charset text,
  bytes bigint,
  sha256 text,
  created_at timestamptz not null default now(),
  -- Whether it has ever been somebody's: if not, it may be about to be.
  was_linked boolean not null default false,
  -- Its bytes are being removed: it can be nobody's again.
  deleting_at timestamptz,
  -- No reference to users: the row outlives them until the bytes are gone.
  foreign key (attachment_id, tenant_id, user_id) references attachments (id, tenant_id, user_id)
    on delete set null (attachment_id),
  check (attachment_id is null
    or (purpose is not null and mime_type is not null and bytes is not null and sha256 is not null and deleting_at is null))
);
create unique index blobs_of_attachment on blobs (attachment_id, purpose) where attachment_id is not null;
create index blobs_of_user on blobs (tenant_id, user_id);
create index blobs_of_nobody on blobs (created_at) where attachment_id is null;
create index attachments_of_nobody on attachments (created_at) where thread_id is null;

alter table blobs enable row level security;
alter table blobs force row level security;
create policy blobs_own on blobs to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));
grant select, insert, update on blobs to parley_app;

-- The engine sweeps: it sees of blobs what says that they are nobody's, and of attachments only those that no conversation
-- has claimed, and when they came.
create policy blobs_engine on blobs to parley_engine using (attachment_id is null);
create policy attachments_engine on attachments to parley_engine using (thread_id is null);
grant select (key, attachment_id, created_at, was_linked, deleting_at), update (deleting_at), delete on blobs to parley_engine;
grant select (thread_id, created_at), delete on attachments to parley_engine;
