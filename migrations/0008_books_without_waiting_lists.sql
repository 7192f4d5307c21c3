-- A text index keeps what is added in a list at first, up to 4 MB, that every search reads from end to end until a vacuum
-- comes: which on PGlite none does. A book is written seldom and searched often.
alter index passages_vector set (fastupdate = off);
alter index passages_heading set (fastupdate = off);
