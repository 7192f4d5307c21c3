-- What a guest has said is moved to the user when they sign in. Whatever belongs to a thread, a run or an attachment follows it:
-- each reference that carries the owner is updated with what it refers to. So one statement moves a conversation, a run that is
-- going on stays where it is, and nothing can be left behind with another owner.
do $$
declare
  reference record;
begin
  for reference in
    select conrelid::regclass as referencing, conname, pg_get_constraintdef(oid) as definition
    from pg_constraint
    where contype = 'f' and confupdtype = 'a'
      and confrelid in ('threads'::regclass, 'runs'::regclass, 'attachments'::regclass)
  loop
    execute format('alter table %s drop constraint %I, add constraint %I %s on update cascade',
      reference.referencing, reference.conname, reference.conname, reference.definition);
  end loop;
end
$$;

-- In a transaction that names a guest beside its user, the user may take what is the guest's: nobody else may, nobody may give,
-- and of nobody but a guest may anything be taken. `server/storage/guest-moves.ts` is the only one that names one.
create policy threads_of_guest on threads for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.guest', true), '') and starts_with(user_id, 'guest_'));
create policy threads_taken on threads for update to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.guest', true), '') and starts_with(user_id, 'guest_'))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

create policy attachments_of_guest on attachments for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.guest', true), '') and starts_with(user_id, 'guest_'));
create policy attachments_taken on attachments for update to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.guest', true), '') and starts_with(user_id, 'guest_'))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

create policy tasks_of_guest on tasks for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.guest', true), '') and starts_with(user_id, 'guest_'));
create policy tasks_taken on tasks for update to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.guest', true), '') and starts_with(user_id, 'guest_'))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

-- Runs follow their threads; only an idempotency key that the user has used as well is taken from the guest's run before.
create policy runs_of_guest on runs to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.guest', true), '') and starts_with(user_id, 'guest_'))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.guest', true), '') and starts_with(user_id, 'guest_'));
