-- What the todo agent keeps for a user, and what the tutor may know of one.

create table tasks (
  id uuid primary key,
  tenant_id text not null,
  user_id text not null,
  title text not null check (char_length(title) between 1 and 200),
  done boolean not null default false,
  -- The place in the list. Two that were added at the same moment may share one; then the older id comes first.
  position bigint not null,
  created_at timestamptz not null default now(),
  foreign key (tenant_id, user_id) references users on delete cascade
);
create index tasks_of_user on tasks (tenant_id, user_id, done, position, id);

-- Somebody whose credentials were verified, as those said it.
create table learners (
  tenant_id text not null,
  user_id text not null,
  name text,
  email text,
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);

create table learner_lessons (
  tenant_id text not null,
  user_id text not null,
  book text not null,
  chapter text not null,
  -- Empty for the chapter's own page.
  lesson text not null,
  questions integer not null default 1,
  last_asked_at timestamptz not null default now(),
  primary key (tenant_id, user_id, book, chapter, lesson),
  foreign key (tenant_id, user_id) references learners on delete cascade
);

alter table tasks enable row level security;
alter table tasks force row level security;
create policy tasks_own on tasks to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

alter table learners enable row level security;
alter table learners force row level security;
create policy learners_own on learners to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

alter table learner_lessons enable row level security;
alter table learner_lessons force row level security;
create policy learner_lessons_own on learner_lessons to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''))
  with check (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and user_id = nullif(current_setting('parley.user', true), ''));

grant select, insert, update, delete on tasks to parley_app;
grant select, insert, update on learners, learner_lessons to parley_app;
