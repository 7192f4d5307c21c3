-- How much has been asked, and what is held at once. Keys are keyed hashes of a limit's name and whom it counts: nobody's data,
-- so no tenant and no policies; only the engine's role reaches them. Unlogged: a crash of the database forgets the counts,
-- which is worth an admission that waits for no disk.

create unlogged table limit_windows (
  key text primary key,
  -- Milliseconds since 1970 at which requests come back, and how many do at each: at most 61 of them.
  free_at bigint[] not null,
  counts integer[] not null,
  -- The last of free_at. Without an index, so that an admission changes no index.
  expires_at bigint not null
) with (fillfactor = 50);

create unlogged table limit_leases (
  lease_id text primary key,
  key text not null,
  expires_at bigint not null
);
create index limit_leases_of_key on limit_leases (key);

grant select, insert, update, delete on limit_windows, limit_leases to parley_engine;
