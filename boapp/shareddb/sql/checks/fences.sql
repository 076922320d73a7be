-- Everything that is not as it must be, a row each: what is wrong, and how to mend it. It reads the catalogue alone, so
-- every login may run it.
WITH people AS (
  SELECT r.* FROM pg_roles r
  WHERE (pg_has_role(r.oid, 'boapp_member', 'USAGE') OR starts_with(r.rolname, 'bo_') AND r.rolcanlogin)
    AND NOT r.rolsuper AND r.rolname <> 'boapp_member'
), outsiders AS (
  SELECT 0::oid AS oid UNION ALL SELECT oid FROM people
  UNION ALL SELECT oid FROM pg_roles WHERE rolname = 'boapp_member'
), relations AS (
  SELECT n.nspname || '.' || c.relname AS name, c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
), evidence AS (
  SELECT r.* FROM relations r WHERE r.name IN ('core.roster', 'core.fact', 'core.sealed_pass', 'core.surplus_pass',
    'core.pass_share')
), functions AS (
  SELECT p.*, n.nspname, n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
)

SELECT 'People may use the table or view ' || r.name || '.' AS what,
  'Revoke every right on it from PUBLIC, from boapp_member and from people''s logins.' AS advice
FROM relations r WHERE EXISTS (SELECT FROM aclexplode(r.relacl) a JOIN outsiders o ON o.oid = a.grantee)

UNION ALL SELECT DISTINCT 'People may use a column of ' || r.name || '.',
  'Revoke rights on columns from PUBLIC, from boapp_member and from people''s logins.'
FROM relations r JOIN pg_attribute c ON c.attrelid = r.oid
WHERE EXISTS (SELECT FROM aclexplode(c.attacl) a JOIN outsiders o ON o.oid = a.grantee)

UNION ALL SELECT 'People may use the schema ' || n.nspname || '.', 'Run the set-up again.'
FROM pg_namespace n WHERE n.nspname IN ('core', 'inner_api', 'api', 'public') AND EXISTS (SELECT
  FROM aclexplode(n.nspacl) a JOIN outsiders o ON o.oid = a.grantee WHERE a.grantee = 0 OR n.nspname <> 'api')

UNION ALL SELECT 'People may make temporary tables or schemas, as the login ' || min(p.rolname) || '.',
  'Revoke TEMP and CREATE on the database from PUBLIC, from boapp_member and from people''s logins.'
FROM people p WHERE has_database_privilege(p.oid, current_database(), 'TEMP')
  OR has_database_privilege(p.oid, current_database(), 'CREATE') HAVING count(*) > 0

UNION ALL SELECT 'People may write functions or run blocks in the language ' || l.lanname || '.',
  'Run the set-up again.'
FROM pg_language l WHERE l.lanname IN ('sql', 'plpgsql') AND has_language_privilege('boapp_member', l.oid, 'USAGE')

UNION ALL SELECT 'The function ' || f.name || ' does not run as its owner with a pinned path.', 'Run the set-up again.'
FROM functions f WHERE f.nspname = 'api'
  AND NOT (f.prosecdef AND coalesce('search_path=pg_catalog, pg_temp' = ANY (f.proconfig), false))

UNION ALL SELECT 'The function ' || f.name || ' does not belong to boapp_api.',
  'Find out who made it; drop it, then run the set-up again.'
FROM functions f JOIN pg_roles o ON o.oid = f.proowner
WHERE f.nspname IN ('api', 'inner_api') AND o.rolname <> 'boapp_api'

UNION ALL SELECT 'Everybody may call ' || f.name || '.', 'Run the set-up again.'
FROM functions f WHERE f.nspname IN ('api', 'inner_api')
  AND (f.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(f.proacl) a WHERE a.grantee = 0))

UNION ALL SELECT 'People may call the helper ' || f.name || '.', 'Run the set-up again.'
FROM functions f WHERE f.nspname = 'inner_api' AND has_function_privilege('boapp_member', f.oid, 'EXECUTE')

UNION ALL SELECT 'People may call ' || min(f.name) || ', which reaches the disk, or locks that all share.',
  'Run the set-up again.'
FROM functions f WHERE f.nspname = 'pg_catalog' AND has_function_privilege('boapp_member', f.oid, 'EXECUTE')
  AND (starts_with(f.proname, 'lo_') OR f.proname IN ('lowrite', 'loread') OR strpos(f.proname, '_advisory') > 0)
HAVING count(*) > 0

UNION ALL SELECT 'Row level security is not in force on ' || r.name || '.', 'Run the set-up again.'
FROM relations r WHERE r.relnamespace = 'core'::regnamespace AND r.relkind = 'r'
  AND NOT (r.relrowsecurity AND r.relforcerowsecurity)

UNION ALL SELECT 'The policy ' || p.policyname || ' on core.' || p.tablename || ' lets somebody past besides the functions.',
  'Drop it, then run the set-up again.'
FROM pg_policies p WHERE p.schemaname = 'core' AND p.tablename <> 'alembic_version'
  AND p.roles <> ARRAY['boapp_api'::name]

UNION ALL SELECT 'The triggers that keep evidence as it is are missing or off on ' || e.name || '.', 'Run the set-up again.'
FROM evidence e WHERE (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = e.oid
  AND t.tgname IN ('keep_rows', 'keep_table') AND t.tgenabled IN ('O', 'A')) <> 2

UNION ALL SELECT 'The functions may change or delete rows of ' || e.name || '.', 'Run the set-up again.'
FROM evidence e WHERE has_table_privilege('boapp_api', e.oid, 'UPDATE, DELETE, TRUNCATE')
  OR has_any_column_privilege('boapp_api', e.oid, 'UPDATE')

UNION ALL SELECT 'The login ' || p.rolname || ' may do more than a person''s login.',
  'Take the attribute away with ALTER ROLE, and find out who gave it.'
FROM people p WHERE p.rolcreaterole OR p.rolcreatedb OR p.rolreplication OR p.rolbypassrls

UNION ALL SELECT DISTINCT 'The login ' || p.rolname || ' belongs to a role besides boapp_member.',
  'Revoke that role from it, and find out who gave it.'
FROM people p JOIN pg_auth_members m ON m.member = p.oid JOIN pg_roles g ON g.oid = m.roleid
WHERE g.rolname <> 'boapp_member'

UNION ALL SELECT 'The setting ' || s.name || ' is ' || s.setting || ': a commit may not survive a power cut.',
  'Turn it on in the server''s configuration.'
FROM pg_settings s WHERE s.name IN ('fsync', 'full_page_writes') AND s.setting <> 'on'

UNION ALL SELECT 'New passwords are kept as ' || s.setting || '.', 'Set password_encryption to scram-sha-256.'
FROM pg_settings s WHERE s.name = 'password_encryption' AND s.setting <> 'scram-sha-256'

UNION ALL SELECT 'Prepared transactions are allowed: locks could outlive their session.',
  'Set max_prepared_transactions to 0.'
FROM pg_settings s WHERE s.name = 'max_prepared_transactions' AND s.setting <> '0'

UNION ALL SELECT 'People may connect to the database ' || d.datname || '.', 'Run the set-up again.'
FROM pg_database d WHERE d.datname IN ('postgres', 'template1')
  AND has_database_privilege('boapp_member', d.oid, 'CONNECT')
