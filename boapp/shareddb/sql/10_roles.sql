-- Roles of the cluster. Nobody logs in as one of these. Run by a superuser; running it again changes nothing.
--   boapp_owner   owns schemas and tables
--   boapp_api     owns the functions, and has just the rights on tables that they need
--   boapp_member  is what every person's own login role belongs to: it may call `api` and nothing else
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['boapp_owner', 'boapp_api', 'boapp_member'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT NOCREATEROLE NOCREATEDB', wanted);
    END IF;
  END LOOP;
END
$$;
