-- A row that is named by its id must be found by its id. A planner that knows nothing of a table (it was empty when the statement
-- was prepared; the embedded database never counts) takes every index that begins with a named column for as good: it went through
-- all threads of the tenant to find one of them. So an index that is for lists and sweeps has a condition that only those state:
-- it is always true, and nobody else can use the index. `server/storage/statement-plans.integration.test.ts` looks at the plans of what the doors ask.

alter table threads drop constraint threads_tenant_id_user_id_seq_key;
create index threads_of_user on threads (tenant_id, user_id, seq) where seq > 0;
drop index threads_of_tenant;
create index threads_of_tenant on threads (tenant_id, seq) where seq > 0;

drop index tickets_of_tenant;
create index tickets_of_tenant on tickets (tenant_id, seq) where seq > 0;
-- Only for the reference to users, whom nobody deletes.
drop index tickets_of_user;

drop index attachments_of_user;
create index attachments_of_user on attachments (tenant_id, user_id) where created_at > '-infinity';
drop index attachments_of_nobody;
create index attachments_of_nobody on attachments (created_at) where thread_id is null and created_at > '-infinity';
drop index blobs_of_user;
create index blobs_of_user on blobs (tenant_id, user_id) where created_at > '-infinity';
drop index blobs_of_nobody;
create index blobs_of_nobody on blobs (created_at) where attachment_id is null and created_at > '-infinity';

-- Still one at a time, and how the few running runs are found: by who asks for those without an end. A run that is looked up by
-- its id is asked for its status.
alter table runs add constraint runs_end check ((status = 'running') = (ended_at is null));
drop index runs_one_running_per_thread;
create unique index runs_one_running_per_thread on runs (thread_id) where ended_at is null;

create index revocations_to_sweep on revocations (expires_at);
