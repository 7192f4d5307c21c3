-- Books: documents of a tenant, their passages, and the words of each book for finding what was misspelt.
-- A book is read by everybody of its tenant. It is written by nobody's request: only where no user is named.

create table books (
  tenant_id text not null references tenants on delete cascade,
  book text not null,
  -- How many passages it has, so that a word's rarity is known without counting.
  passages integer not null default 0,
  primary key (tenant_id, book)
);

create table documents (
  tenant_id text not null,
  book text not null,
  path text not null,
  -- What the address of its page ends with: `04-python/01-intro`.
  page text not null,
  chapter text,
  lesson text,
  title text not null,
  -- Of the file and of everything that what is stored was made with.
  checksum text not null,
  primary key (tenant_id, book, path),
  foreign key (tenant_id, book) references books on delete cascade
);
create index documents_page on documents (tenant_id, book, page);
create index documents_lesson on documents (tenant_id, book, chapter, lesson);

create table passages (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  book text not null,
  chapter text,
  lesson text,
  path text not null,
  -- The place in its document: 1, 2, 3, …
  position integer not null,
  title text not null,
  heading text not null,
  url text,
  text text not null,
  heading_vector tsvector generated always as
    (to_tsvector('pg_catalog.english', title || ' ' || heading)) stored,
  vector tsvector generated always as
    (setweight(to_tsvector('pg_catalog.english', title || ' ' || heading), 'A')
      || to_tsvector('pg_catalog.english', text)) stored,
  unique (tenant_id, book, path, position),
  foreign key (tenant_id, book, path) references documents on delete cascade
);
create index passages_vector on passages using gin (vector);
create index passages_heading on passages using gin (heading_vector);
create index passages_lesson on passages (tenant_id, book, chapter, lesson);

-- Every lexeme of a book, and in how many of its passages it is.
create table book_words (
  tenant_id text not null,
  book text not null,
  lexeme text not null,
  passages integer not null,
  primary key (tenant_id, book, lexeme),
  foreign key (tenant_id, book) references books on delete cascade
);
create index book_words_gone on book_words (tenant_id, book) where passages = 0;

-- The trigrams of those that look like words. A plain index, since row level security keeps others from being used.
create table book_trigrams (
  tenant_id text not null,
  book text not null,
  trigram text not null,
  lexeme text not null,
  primary key (tenant_id, book, trigram, lexeme),
  foreign key (tenant_id, book) references books on delete cascade
);

alter table books enable row level security;
alter table books force row level security;
create policy books_read on books for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), ''));
create policy books_written on books to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and nullif(current_setting('parley.user', true), '') is null);

alter table documents enable row level security;
alter table documents force row level security;
create policy documents_read on documents for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), ''));
create policy documents_written on documents to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and nullif(current_setting('parley.user', true), '') is null);

alter table passages enable row level security;
alter table passages force row level security;
create policy passages_read on passages for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), ''));
create policy passages_written on passages to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and nullif(current_setting('parley.user', true), '') is null);
-- Where a policy compares anything, a text index cannot be used (`@@` is not leakproof). So the engine's role finds passages,
-- and may see nothing of them but where they are; what they say is read in the user's name.
create policy passages_found on passages for select to parley_engine using (true);

alter table book_words enable row level security;
alter table book_words force row level security;
create policy book_words_read on book_words for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), ''));
create policy book_words_written on book_words to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and nullif(current_setting('parley.user', true), '') is null);

alter table book_trigrams enable row level security;
alter table book_trigrams force row level security;
create policy book_trigrams_read on book_trigrams for select to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), ''));
create policy book_trigrams_written on book_trigrams to parley_app
  using (tenant_id = nullif(current_setting('parley.tenant', true), '')
    and nullif(current_setting('parley.user', true), '') is null);

grant select, insert, update, delete on books, documents, passages, book_words, book_trigrams to parley_app;
grant select (id, tenant_id, book, chapter, lesson, path, vector, heading_vector) on passages to parley_engine;
