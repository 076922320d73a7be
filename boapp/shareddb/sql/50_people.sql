-- Who calls, what that person may, the one refusal, and the signed list of people.

-- The one refusal. Everything that is not for somebody is refused in the same words, and each function calls this
-- in one place only, since the line of the caller would tell which condition failed.
CREATE OR REPLACE FUNCTION inner_api.refuse() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'refused' USING ERRCODE = '42501';
END
$$;

-- The person whose login this is; NULL for a login that nobody has or that is blocked. `session_user` is not
-- changed by SET ROLE, nor by a function that runs as its owner.
CREATE OR REPLACE FUNCTION inner_api.me() RETURNS bytea LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT person FROM core.login WHERE role_name = session_user AND NOT blocked);
END
$$;

CREATE OR REPLACE FUNCTION inner_api.now_us() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
$$;

-- Whether a person has one of these roles in the organisation.
CREATE OR REPLACE FUNCTION inner_api.is_any(who bytea, VARIADIC wanted text[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM core.person p WHERE p.person = who AND string_to_array(p.roles, ' ') && wanted)
$$;

-- Whether a person has one of these roles in a project.
CREATE OR REPLACE FUNCTION inner_api.works_as(who bytea, where_ bytea, VARIADIC wanted text[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM core.member m
    WHERE m.project = where_ AND m.person = who AND string_to_array(m.roles, ' ') && wanted)
$$;

-- Whether a person holds the adjudication key of a project.
CREATE OR REPLACE FUNCTION inner_api.holds_adj(who bytea, where_ bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT inner_api.works_as(who, where_, 'adjudicator', 'supervisor')
$$;

-- Whether a person sees evidence of a project whole, without being able to open it: auditors, administrators.
CREATE OR REPLACE FUNCTION inner_api.audits(who bytea, where_ bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT inner_api.is_any(who, 'auditor', 'administrator') OR inner_api.works_as(who, where_, 'auditor')
$$;

-- Whether a person belongs to a project in any way.
CREATE OR REPLACE FUNCTION inner_api.belongs(who bytea, where_ bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT inner_api.audits(who, where_)
    OR EXISTS (SELECT FROM core.member m WHERE m.project = where_ AND m.person = who)
$$;

-- Whether a person may take images in.
CREATE OR REPLACE FUNCTION inner_api.takes_in(who bytea, where_ bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT inner_api.is_any(who, 'administrator') OR inner_api.works_as(who, where_, 'supervisor')
$$;

-- --- claims that end without a seal ----------------------------------------------------------------------------------

-- The fences of a person's open claims in a project.
CREATE OR REPLACE FUNCTION inner_api.fences_of(p_project bytea, p_person bytea) RETURNS bytea[] LANGUAGE sql STABLE AS $$
  SELECT ARRAY(SELECT c.fence FROM core.claim c JOIN core.document d ON d.id = c.document
    WHERE d.project = p_project AND c.person = p_person)
$$;

-- End claims of a person; their documents go back to the queue. One that its owner keeps locked at this moment stays: she cannot
-- hold up her own removal by it, and whoever is no member any more seals nothing.
CREATE OR REPLACE FUNCTION inner_api.let_go(who bytea, fences bytea[]) RETURNS void LANGUAGE sql AS $$
  WITH free AS (SELECT c.fence FROM core.claim c WHERE c.person = who AND c.fence = ANY (fences)
      FOR UPDATE SKIP LOCKED),
    gone AS (DELETE FROM core.claim c USING free WHERE c.person = who AND c.fence = free.fence RETURNING c.document)
  INSERT INTO core.waiting (document, project, pass_no, first_by, priority, position)
  SELECT d.id, d.project, CASE d.stage WHEN 'first' THEN 1 ELSE 2 END, d.first_by, d.priority, d.position
  FROM gone g JOIN core.document d ON d.id = g.document WHERE d.stage IN ('first', 'second')
  ON CONFLICT DO NOTHING
$$;

-- --- the signed list ---------------------------------------------------------------------------------------------

-- Append entries that continue the list, all or none: unique_violation when one does not, as when somebody else was
-- quicker. What they say of people's roles and of a project's settings is copied.
CREATE OR REPLACE FUNCTION inner_api.append(p_data bytea[], p_signatures bytea[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  last core.roster;
  entry jsonb;
  what jsonb;
  head bytea;
BEGIN
  SELECT * INTO last FROM core.roster ORDER BY seq DESC LIMIT 1;
  head := CASE WHEN last.seq IS NULL THEN decode(repeat('00', 32), 'hex')
    ELSE sha256(inner_api.join_parts('boapp1 roster link', last.data, last.signature)) END;
  FOR place IN 1 .. cardinality(p_data) LOOP
    entry := inner_api.unpack(p_data[place]);
    what := entry -> 'what';
    IF (entry ->> 'seq')::int IS DISTINCT FROM coalesce(last.seq, 0) + place
      OR entry ->> 'prev' IS DISTINCT FROM encode(head, 'hex')
      OR what ->> 'op' IS NULL OR length(p_signatures[place]) IS DISTINCT FROM 64 THEN
      RAISE unique_violation;
    END IF;
    INSERT INTO core.roster (seq, data, signature)
      VALUES ((entry ->> 'seq')::int, p_data[place], p_signatures[place]);
    INSERT INTO core.appended (seq, role_name) VALUES ((entry ->> 'seq')::int, session_user);
    head := sha256(inner_api.join_parts('boapp1 roster link', p_data[place], p_signatures[place]));
    IF what ->> 'op' = 'add' THEN
      INSERT INTO core.person (person, roles)
        VALUES (decode(what ->> 'person', 'hex'), inner_api.words(what -> 'roles'));
    ELSIF what ->> 'op' = 'rotate-key' THEN
      INSERT INTO core.retired_key (key_id, person)
        VALUES (decode(what ->> 'old', 'hex'), decode(what ->> 'person', 'hex'));
    ELSIF what ->> 'op' = 'remove' THEN
      PERFORM inner_api.let_out(decode(what ->> 'person', 'hex'));
    ELSIF what ->> 'op' = 'member' THEN
      DELETE FROM core.member
        WHERE project = decode(what ->> 'project', 'hex') AND person = decode(what ->> 'person', 'hex');
      INSERT INTO core.member (project, person, roles)
        SELECT decode(what ->> 'project', 'hex'), decode(what ->> 'person', 'hex'), inner_api.words(what -> 'roles')
        WHERE jsonb_array_length(what -> 'roles') > 0;
    ELSIF what ->> 'op' = 'setting' THEN
      PERFORM inner_api.copy_setting(decode(what ->> 'project', 'hex'), what ->> 'key', (what ->> 'value')::numeric);
    END IF;
  END LOOP;
END
$$;

-- Copy what a setting of a project is to its row; of settings that are not known here nothing is kept.
CREATE OR REPLACE FUNCTION inner_api.copy_setting(p_project bytea, key text, value numeric) RETURNS void
LANGUAGE sql AS $$
  UPDATE core.project SET
    open_claims = CASE key WHEN 'open-claims' THEN value ELSE open_claims END,
    claims_ahead = CASE key WHEN 'claims-ahead' THEN value ELSE claims_ahead END,
    lease_hours = CASE key WHEN 'lease-hours' THEN value ELSE lease_hours END
  WHERE id = p_project
$$;

-- End everything that a person may do here, at once; her login itself is the administrator's of the database to end.
CREATE OR REPLACE FUNCTION inner_api.let_out(who bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE core.login SET blocked = true WHERE person = who;
  UPDATE core.person SET roles = '' WHERE person = who;
  DELETE FROM core.member WHERE person = who;
  PERFORM inner_api.let_go(who, ARRAY(SELECT c.fence FROM core.claim c WHERE c.person = who));
END
$$;

-- The texts of a JSON array with spaces between, in order.
CREATE OR REPLACE FUNCTION inner_api.words(given jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(string_agg(word, ' ' ORDER BY word), '') FROM jsonb_array_elements_text(given) AS word
$$;

-- Store the rows that entries speak of. Wraps, people, project and form come as JSON, bytes as hexadecimal text.
-- p_rotated: whom the entries beside them give new keys; only theirs replace what is there.
CREATE OR REPLACE FUNCTION inner_api.store_rows(p_rows jsonb, p_rotated text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE core.person_key k SET blob = decode(p ->> 'blob', 'hex'), kdf = decode(p ->> 'kdf', 'hex'),
      scram = p ->> 'scram', set_by_administrator = (p ->> 'set_by_administrator')::boolean,
      signature = decode(p ->> 'signature', 'hex')
    FROM jsonb_array_elements(p_rows -> 'people') AS p
    WHERE p ->> 'person' = ANY (p_rotated) AND k.person = decode(p ->> 'person', 'hex');
  INSERT INTO core.key_wrap (project, kind, epoch, person, key_id, box)
    SELECT decode(w ->> 0, 'hex'), w ->> 1, (w ->> 2)::int, decode(w ->> 3, 'hex'), decode(w ->> 4, 'hex'),
      decode(w ->> 5, 'hex')
    FROM jsonb_array_elements(p_rows -> 'wraps') AS w;
  INSERT INTO core.person_key (person, code, blob, kdf, scram, set_by_administrator, signature, name)
    SELECT decode(p ->> 'person', 'hex'), p ->> 'code', decode(p ->> 'blob', 'hex'), decode(p ->> 'kdf', 'hex'),
      p ->> 'scram', (p ->> 'set_by_administrator')::boolean, decode(p ->> 'signature', 'hex'),
      decode(p ->> 'name', 'hex')
    FROM jsonb_array_elements(p_rows -> 'people') AS p WHERE p ->> 'person' <> ALL (p_rotated);
  INSERT INTO core.project (id, mode, epoch, name)
    SELECT decode(p ->> 'id', 'hex'), p ->> 'mode', (p ->> 'epoch')::int, decode(p ->> 'name', 'hex')
    FROM jsonb_array_elements(p_rows -> 'projects') AS p;
  INSERT INTO core.form (project, hash, epoch, source)
    SELECT decode(f ->> 'project', 'hex'), decode(f ->> 'hash', 'hex'), (f ->> 'epoch')::int,
      decode(f ->> 'source', 'hex')
    FROM jsonb_array_elements(p_rows -> 'forms') AS f;
  PERFORM inner_api.let_go(decode(gone ->> 1, 'hex'),
      inner_api.fences_of(decode(gone ->> 0, 'hex'), decode(gone ->> 1, 'hex')))
    FROM jsonb_array_elements(p_rows -> 'drop_claims') AS gone;
END
$$;

-- Whether a box is of an epoch that there is, and spoken of by an entry beside it: nobody takes a place that a coming
-- epoch needs, which would keep her from being removed.
CREATE OR REPLACE FUNCTION inner_api.is_spoken_of(w jsonb, p_data bytea[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM core.key_wrap k
      WHERE k.project = decode(w ->> 0, 'hex') AND k.kind = w ->> 1 AND k.epoch = (w ->> 2)::int)
    AND EXISTS (SELECT FROM (SELECT inner_api.unpack(data) -> 'what' AS said FROM unnest(p_data) AS data) AS entries
      WHERE said ->> 'project' = w ->> 0 AND said ->> 'person' = w ->> 3 AND said -> 'epochs' @> (w -> 2))
$$;

-- Whether these entries are ones that a holder of ADJ may add: the keys of his projects to a newcomer, no more.
CREATE OR REPLACE FUNCTION inner_api.only_grants(who bytea, p_data bytea[], p_rows jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT cardinality(p_data) > 0
    AND p_rows -> 'people' = '[]' AND p_rows -> 'projects' = '[]' AND p_rows -> 'forms' = '[]'
    AND p_rows -> 'drop_claims' = '[]' AND jsonb_typeof(p_rows -> 'wraps') = 'array'
    AND (SELECT bool_and(coalesce(entry -> 'what' ->> 'op' = 'grant' AND entry -> 'what' ->> 'kind' = 'adj'
        AND inner_api.holds_adj(who, decode(entry -> 'what' ->> 'project', 'hex')), false))
      FROM (SELECT inner_api.unpack(data) AS entry FROM unnest(p_data) AS data) AS entries)
    AND (SELECT coalesce(bool_and(coalesce(w ->> 1 = 'adj'
        AND inner_api.holds_adj(who, decode(w ->> 0, 'hex'))
        AND inner_api.is_spoken_of(w, p_data), false)), true)
      FROM jsonb_array_elements(p_rows -> 'wraps') AS w)
$$;

-- Append entries with the rows that they speak of; `changed` when somebody else was quicker.
CREATE OR REPLACE FUNCTION api.change_roster(p_data bytea[], p_signatures bytea[], p_rows jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  me bytea := inner_api.me();
BEGIN
  IF NOT coalesce(me IS NOT NULL AND inner_api.sees_news() AND cardinality(p_data) = cardinality(p_signatures)
    AND (inner_api.is_any(me, 'administrator') OR inner_api.only_grants(me, p_data, p_rows)), false) THEN
    PERFORM inner_api.refuse();
  END IF;
  PERFORM inner_api.append(p_data, p_signatures);
  PERFORM inner_api.store_rows(p_rows, ARRAY(SELECT said ->> 'person'
    FROM (SELECT inner_api.unpack(given) -> 'what' AS said FROM unnest(p_data) AS given) AS entries
    WHERE said ->> 'op' = 'rotate-key'));
  RETURN 'stored';
EXCEPTION WHEN unique_violation THEN
  RETURN 'changed';
END
$$;

-- Of which version the tables are.
CREATE OR REPLACE FUNCTION api.revision() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT version_num FROM core.alembic_version WHERE inner_api.me() IS NOT NULL
$$;

-- Whose logins work, to administrators.
CREATE OR REPLACE FUNCTION api.logins() RETURNS TABLE (person bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT l.person FROM core.login l JOIN pg_roles r ON r.rolname = l.role_name
  WHERE r.rolcanlogin AND NOT l.blocked AND inner_api.is_any(inner_api.me(), 'administrator')
$$;

CREATE OR REPLACE FUNCTION api.organisation() RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT id FROM core.organisation WHERE inner_api.me() IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION api.roster(p_since int) RETURNS TABLE (seq int, data bytea, signature bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.seq, r.data, r.signature FROM core.roster r
  WHERE r.seq >= coalesce(p_since, 1) AND inner_api.me() IS NOT NULL ORDER BY r.seq
$$;

-- Everybody's locked keys; those of others come without what unlocks them, but to whoever verifies the signatures over
-- them: administrators, auditors, holders of ADJ.
CREATE OR REPLACE FUNCTION api.person_keys() RETURNS TABLE (person bytea, code varchar, blob bytea, kdf bytea,
  scram varchar, set_by_administrator int, signature bytea, name bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT k.person, k.code, CASE WHEN whole THEN k.blob ELSE '' END, k.kdf, CASE WHEN whole THEN k.scram ELSE '' END,
    k.set_by_administrator::int, CASE WHEN whole THEN k.signature ELSE '' END, k.name
  FROM core.person_key k, LATERAL (SELECT k.person = inner_api.me()
    OR inner_api.is_any(inner_api.me(), 'administrator', 'auditor')
    OR EXISTS (SELECT FROM core.member m
      WHERE m.person = inner_api.me() AND inner_api.holds_adj(m.person, m.project)) AS whole) AS seen
  WHERE inner_api.me() IS NOT NULL
$$;

-- Put one's own keys under another passphrase. The caller changes the password of the login in the same transaction.
CREATE OR REPLACE FUNCTION api.change_passphrase(p_blob bytea, p_kdf bytea, p_scram text, p_mark boolean,
  p_signature bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
BEGIN
  UPDATE core.person_key SET blob = p_blob, kdf = p_kdf, scram = p_scram, set_by_administrator = p_mark,
    signature = p_signature
  WHERE person = inner_api.me() AND num_nulls(p_blob, p_kdf, p_scram, p_mark, p_signature) = 0;
  IF NOT FOUND THEN
    PERFORM inner_api.refuse();
  END IF;
END
$$;

-- The keys wrapped to a person: one's own; of others what an administrator or a holder of ADJ there must know.
CREATE OR REPLACE FUNCTION api.wraps(p_person bytea) RETURNS TABLE (project bytea, kind varchar, epoch int,
  person bytea, key_id bytea, box bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT w.project, w.kind, w.epoch, w.person, w.key_id, w.box FROM core.key_wrap w
  WHERE w.person = p_person AND inner_api.me() IS NOT NULL AND (p_person = inner_api.me()
    OR inner_api.is_any(inner_api.me(), 'administrator') OR inner_api.holds_adj(inner_api.me(), w.project))
$$;
