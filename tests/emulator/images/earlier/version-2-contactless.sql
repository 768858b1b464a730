-- An image of format version 2 of a contactless card, as that version's program wrote it and `.dump` of SQLite tells it.
PRAGMA application_id = 1396917330;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE card (atr BLOB NOT NULL, protocols TEXT NOT NULL, memory INTEGER NOT NULL, profile TEXT NOT NULL);
INSERT INTO "card" VALUES(X'3B8180018080','2',1048576,'card');
CREATE TABLE chvs (df INTEGER NOT NULL, reference INTEGER NOT NULL, value BLOB NOT NULL, max_tries INTEGER NOT NULL, tries_left INTEGER NOT NULL, min_length INTEGER NOT NULL, max_length INTEGER NOT NULL, padding INTEGER, state TEXT NOT NULL, may_be_disabled INTEGER NOT NULL, puk BLOB, puk_max_tries INTEGER, puk_tries_left INTEGER, unblock TEXT NOT NULL, PRIMARY KEY (df, reference));
CREATE TABLE contactless (uid BLOB NOT NULL, ats BLOB);
INSERT INTO "contactless" VALUES(X'04A2B3C4D5E680',X'067577810280');
CREATE TABLE contents (file INTEGER NOT NULL, position INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (file, position)) WITHOUT ROWID;
INSERT INTO "contents" VALUES(2,0,X'4D6F766564');
CREATE TABLE data_objects (df INTEGER NOT NULL, tag INTEGER NOT NULL, value BLOB NOT NULL, size INTEGER NOT NULL, read TEXT NOT NULL, change TEXT NOT NULL, PRIMARY KEY (df, tag));
CREATE TABLE files (number INTEGER PRIMARY KEY, parent INTEGER NOT NULL, fid INTEGER NOT NULL, kind INTEGER NOT NULL, life_cycle INTEGER NOT NULL, size INTEGER NOT NULL, sfi INTEGER NOT NULL, name BLOB, max_record_size INTEGER, max_records INTEGER, coding INTEGER NOT NULL, security BLOB, se_file INTEGER, proprietary BLOB NOT NULL, management BLOB NOT NULL);
INSERT INTO "files" VALUES(1,0,16128,56,5,0,0,NULL,NULL,NULL,65,NULL,NULL,X'',X'');
INSERT INTO "files" VALUES(2,1,28417,1,5,5,1,NULL,NULL,NULL,65,X'7FFFFFFFFFFF0000',NULL,X'',X'');
CREATE TABLE keys (df INTEGER NOT NULL, reference INTEGER NOT NULL, type TEXT NOT NULL, value BLOB NOT NULL, internal INTEGER NOT NULL, external INTEGER NOT NULL, max_tries INTEGER, tries_left INTEGER, use TEXT NOT NULL, PRIMARY KEY (df, reference));
COMMIT;
