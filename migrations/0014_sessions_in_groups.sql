-- The sessions of those who ask at the same moment are written in one statement, by the engine's role, as their turns are. It makes
-- them active and of the first generation, and may still neither change nor delete one, nor read what it says.
create policy chatkit_sessions_engine_insert on chatkit_sessions for insert to parley_engine with check (true);
grant insert (id, tenant_id, user_id, device_id, workflow_id, session_token, metadata, page_context, hosted_ids, created_at,
    rotated_at, expires_at, requests_per_minute, terms)
  on chatkit_sessions to parley_engine;
