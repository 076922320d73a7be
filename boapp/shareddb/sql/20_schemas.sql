-- Schemas, and everything that PostgreSQL opens to everybody by default is closed. Run by a superuser in the
-- new database; running it again changes nothing. Revokes on pg_catalog do not survive dump and restore:
-- run it after either.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_namespace WHERE nspname IN ('core', 'inner_api', 'api')
      AND pg_get_userbyid(nspowner) NOT IN ('boapp_owner', 'boapp_api')) THEN
    RAISE EXCEPTION 'there is a schema core, inner_api or api in this database that is not of boapp';
  END IF;
END
$$;
CREATE SCHEMA IF NOT EXISTS core AUTHORIZATION boapp_owner;
CREATE SCHEMA IF NOT EXISTS inner_api AUTHORIZATION boapp_api;
CREATE SCHEMA IF NOT EXISTS api AUTHORIZATION boapp_api;

DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO boapp_member', current_database());
END
$$;

REVOKE CONNECT, TEMP ON DATABASE postgres, template1 FROM PUBLIC;  -- nobody's login works beside its own database
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA core, inner_api, api FROM PUBLIC;
REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql, sql TO boapp_api, boapp_owner;
GRANT USAGE ON SCHEMA core TO boapp_api;
GRANT USAGE ON SCHEMA api TO boapp_member;

ALTER DEFAULT PRIVILEGES FOR ROLE boapp_api REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE boapp_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Large objects and advisory locks: any login could fill the disk with the first, or hold up others with the second.
DO $$
DECLARE
  open_to_all regprocedure;
BEGIN
  FOR open_to_all IN
    SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'pg_catalog'
      AND (p.proname LIKE 'lo\_%' OR p.proname IN ('lowrite', 'loread') OR p.proname LIKE 'pg\_%advisory%')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', open_to_all);
  END LOOP;
END
$$;
