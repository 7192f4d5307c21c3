-- People who sign in with us: Better Auth's tables (server/accounts/tables.ts says how they are called; a test compares). Its
-- statements name no tenant, so the wall here is the role: parley_accounts reaches these tables and nothing else, and no other
-- restricted role reaches them, neither by a grant nor, should one be given by mistake, by a policy.

create table account_users (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null,
  image text,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp,
  -- Names of roles with commas between them (server/auth/permissions.ts).
  role text not null
);

create table account_sessions (
  id text primary key,
  expires_at timestamptz not null,
  -- Worth nothing by itself: the cookie carries a signature of it.
  token text not null unique,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null,
  ip_address text,
  user_agent text,
  user_id text not null references account_users on delete cascade
);
create index account_sessions_of_user on account_sessions (user_id);
create index account_sessions_to_sweep on account_sessions (expires_at);

-- How a user shows who they are: a password (provider_id = 'credential'), or who they are elsewhere. Tokens of providers are
-- never kept: nobody here acts in a user's name elsewhere.
create table account_logins (
  id text primary key,
  account_id text not null,
  provider_id text not null,
  user_id text not null references account_users on delete cascade,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  -- scrypt.
  password text,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null
);
create index account_logins_of_user on account_logins (user_id);
-- One identity elsewhere is one user here, also when it comes twice at the same moment.
create unique index account_logins_of_provider on account_logins (provider_id, account_id);

-- Sign-ins that are on their way to a provider and back.
create table account_verifications (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
create index account_verifications_by_identifier on account_verifications (identifier);
create index account_verifications_to_sweep on account_verifications (expires_at);

-- What tokens are signed with. Private keys are encrypted under the server's secret.
create table account_keys (
  id text primary key,
  public_key text not null,
  private_key text not null,
  created_at timestamptz not null,
  expires_at timestamptz
);

alter table account_users enable row level security, force row level security;
alter table account_sessions enable row level security, force row level security;
alter table account_logins enable row level security, force row level security;
alter table account_verifications enable row level security, force row level security;
alter table account_keys enable row level security, force row level security;
create policy account_users_accounts on account_users to parley_accounts using (true) with check (true);
create policy account_sessions_accounts on account_sessions to parley_accounts using (true) with check (true);
create policy account_logins_accounts on account_logins to parley_accounts using (true) with check (true);
create policy account_verifications_accounts on account_verifications to parley_accounts using (true) with check (true);
create policy account_keys_accounts on account_keys to parley_accounts using (true) with check (true);
grant select, insert, update, delete on account_users, account_sessions, account_logins, account_verifications,
  account_keys to parley_accounts;
