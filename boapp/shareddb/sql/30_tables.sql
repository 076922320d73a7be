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

-- In which transaction a pass was sealed: what is sealed and rolled back must not have shown anything.
CREATE TABLE IF NOT EXISTS core.sealed_in (
  sealed_pass bytea PRIMARY KEY REFERENCES core.sealed_pass (id),
  xact xid8 NOT NULL
);

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
  FOREACH kept IN ARRAY ARRAY['roster', 'fact', 'sealed_pass', 'surplus_pass', 'pass_share', 'sealed_in'] LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON core.%I '
                   'FOR EACH ROW EXECUTE FUNCTION core.keep_evidence()', kept);
    EXECUTE format('CREATE OR REPLACE TRIGGER keep_table BEFORE TRUNCATE ON core.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION core.keep_evidence()', kept);
  END LOOP;
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
    END IF;
  END LOOP;
END
$$;

GRANT DELETE ON core.claim, core.member TO boapp_api;
GRANT UPDATE (expires_us) ON core.claim TO boapp_api;  -- a row is locked by whoever may change it
GRANT UPDATE (stage, first_by, comparison, record, confirmation) ON core.document TO boapp_api;
GRANT UPDATE (resolution) ON core.discrepancy TO boapp_api;
GRANT UPDATE (blob, kdf, scram, set_by_administrator, signature) ON core.person_key TO boapp_api;
GRANT UPDATE (blocked) ON core.login TO boapp_api;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA core TO boapp_api;
