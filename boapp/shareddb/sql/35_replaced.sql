-- The functions of an earlier version go, since the files after this one make every function anew: one that changed
-- its arguments would otherwise stay beside its successor. Run as boapp_api.
DO $$
DECLARE
  earlier regprocedure;
BEGIN
  FOR earlier IN
    SELECT p.oid FROM pg_proc p
    WHERE p.pronamespace IN ('api'::regnamespace, 'inner_api'::regnamespace) AND p.proowner = 'boapp_api'::regrole
  LOOP
    EXECUTE format('DROP FUNCTION %s', earlier);
  END LOOP;
END
$$;
