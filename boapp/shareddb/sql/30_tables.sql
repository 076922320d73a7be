-- What the tables of the migrations need beside their columns on PostgreSQL: tables of their own, the triggers
-- that keep evidence as it is, row level security as the second fence, and just the rights that the functions
-- need. Run as boapp_owner after the migrations; running it again changes nothing.

-- Which login is which person. Exclusion is by person, so several logins may be one. A blocked one is refused at once.
CREATE TABLE IF NOT EXISTS core.login (
  role_name name PRIMARY KEY,
  person bytea NOT NULL,
  blocked boolean NOT NULL DEFAULT false
);

-- A person's roles in the whole organisation, copied from the roster.
CREATE TABLE IF NOT EXISTS core.person (
  person bytea PRIMARY KEY,
  roles text NOT NULL
);

-- Whose login stored an entry of the signed list, and when. Only who reads it can tell whether its signature is right: one
-- that is wrong stops everybody, and the administrator of the database takes it out and knows whom to ask.
CREATE TABLE IF NOT EXISTS core.appended (
  seq int PRIMARY KEY,
  role_name name NOT NULL,
  stored timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- In which transaction a pass was sealed: what is sealed and rolled back must not have shown anything. NULL where it
-- came some other way than by its seal, long committed.
ALTER TABLE core.sealed_pass ADD COLUMN IF NOT EXISTS xact xid8;

-- The queue: which documents wait for which keying, and nobody holds. It is kept by whatever moves a document or a claim: a
-- claim takes a row out and whoever ends one puts it back, so that however many documents there are, claimed, keyed, or keyed
-- first by whoever asks, a claim writes two narrow rows and the document is changed by its seals alone.
CREATE TABLE IF NOT EXISTS core.waiting (
  document bytea PRIMARY KEY,
  project bytea NOT NULL,
  pass_no smallint NOT NULL,
  first_by bytea,
  priority smallint NOT NULL,
  position int NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_waiting_first ON core.waiting (project, priority, position) WHERE pass_no = 1;
CREATE INDEX IF NOT EXISTS ix_waiting_second ON core.waiting (project, first_by, priority, position) WHERE pass_no > 1;
-- How many passes the signed intake asks for, read once: when the document comes, or in `inner_api.read_asked`.
ALTER TABLE core.document ADD COLUMN IF NOT EXISTS passes smallint;
-- What was the queue before the table above. Now nothing that changes in a document is in an index: a row of it is
-- replaced in its page, where there is room.
DROP INDEX IF EXISTS core.ix_document_queue, core.ix_document_waiting_first, core.ix_document_waiting_second;
ALTER TABLE core.document DROP COLUMN IF EXISTS claimed;
ALTER TABLE core.document SET (fillfactor = 80);
CREATE INDEX IF NOT EXISTS ix_claim_expires ON core.claim (expires_us);
-- What keeps a person from holding a document twice also finds what she holds: each index costs every claim.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'uq_claim_person_document') THEN
    ALTER TABLE core.claim ADD CONSTRAINT uq_claim_person_document UNIQUE (person, document);
  END IF;
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'ck_document_stage') THEN  -- one version had taken it away
    ALTER TABLE core.document ADD CONSTRAINT ck_document_stage
      CHECK (stage IN ('first', 'second', 'comparing', 'resolving', 'adjudicating', 'settled'));
  END IF;
END
$$;
ALTER TABLE core.claim DROP CONSTRAINT IF EXISTS uq_claim_document_person;
DROP INDEX IF EXISTS core.ix_claim_person, core.ix_claim_fence;

-- What is encrypted does not get smaller: a pass stays in its row up to a page, and is not taken apart.
ALTER TABLE core.sealed_pass SET (toast_tuple_target = 8160);
ALTER TABLE core.sealed_pass ALTER COLUMN manifest SET STORAGE EXTERNAL, ALTER COLUMN blob SET STORAGE EXTERNAL;
-- Every claim and every seal looks its document up, and no document ever goes (the trigger below). A foreign key would lock
-- it, shared, for as long as somebody's transaction is open, and cost each as much as storing it.
ALTER TABLE core.sealed_pass DROP CONSTRAINT IF EXISTS fk_sealed_pass_document;
ALTER TABLE core.claim DROP CONSTRAINT IF EXISTS fk_claim_document;

CREATE OR REPLACE FUNCTION core.keep_evidence() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% is evidence: rows are never changed or deleted', TG_TABLE_NAME USING ERRCODE = '42501';
END
$$;

DO $$
DECLARE
  kept text;
BEGIN
  FOREACH kept IN ARRAY ARRAY['roster', 'fact', 'sealed_pass', 'surplus_pass', 'pass_share'] LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON core.%I '
                   'FOR EACH ROW EXECUTE FUNCTION core.keep_evidence()', kept);
    EXECUTE format('CREATE OR REPLACE TRIGGER keep_table BEFORE TRUNCATE ON core.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION core.keep_evidence()', kept);
  END LOOP;
  CREATE OR REPLACE TRIGGER keep_rows BEFORE DELETE ON core.document
    FOR EACH ROW EXECUTE FUNCTION core.keep_evidence();
  FOR kept IN SELECT tablename FROM pg_tables WHERE schemaname = 'core' LOOP
    EXECUTE format('ALTER TABLE core.%I ENABLE ROW LEVEL SECURITY', kept);
    EXECUTE format('ALTER TABLE core.%I FORCE ROW LEVEL SECURITY', kept);
    EXECUTE format('DROP POLICY IF EXISTS functions_alone ON core.%I', kept);
    IF kept <> 'alembic_version' THEN
      EXECUTE format('CREATE POLICY functions_alone ON core.%I TO boapp_api USING (true) WITH CHECK (true)', kept);
      EXECUTE format('REVOKE ALL ON core.%I FROM PUBLIC, boapp_api', kept);
      EXECUTE format('GRANT SELECT, INSERT ON core.%I TO boapp_api', kept);
    ELSE
      EXECUTE format('CREATE POLICY functions_alone ON core.%I USING (true) WITH CHECK (true)', kept);
      EXECUTE format('GRANT SELECT ON core.%I TO boapp_api', kept);
    END IF;
  END LOOP;
END
$$;

GRANT DELETE ON core.claim, core.member, core.waiting TO boapp_api;
GRANT UPDATE (expires_us) ON core.claim TO boapp_api;  -- a row is locked by whoever may change it
GRANT UPDATE (pass_no, first_by) ON core.waiting TO boapp_api;
GRANT UPDATE (stage, first_by, passes, comparison, record, confirmation) ON core.document TO boapp_api;
GRANT UPDATE (open_claims, claims_ahead, lease_hours) ON core.project TO boapp_api;
GRANT UPDATE (resolution) ON core.discrepancy TO boapp_api;
GRANT UPDATE (blob, kdf, scram, set_by_administrator, signature) ON core.person_key TO boapp_api;
GRANT UPDATE (blocked) ON core.login TO boapp_api;
GRANT UPDATE (roles) ON core.person TO boapp_api;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA core TO boapp_api;
