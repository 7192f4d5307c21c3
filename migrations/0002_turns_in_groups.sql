-- The engine writes down beginning turns in groups, as it does everything else: many owners' in one statement. So it may
-- add threads, runs, and their owners, and still neither read an owner nor delete a thread or a run.
-- That what belongs to a thread has the thread's owner is held by foreign keys, whoever writes.

create policy tenants_engine on tenants for insert to parley_engine with check (true);
create policy users_engine on users for insert to parley_engine with check (true);

grant insert on tenants, users, threads, runs to parley_engine;
