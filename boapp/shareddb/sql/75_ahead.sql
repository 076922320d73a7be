-- Working ahead: many claims at once, their renewal and their end, what a person claimed with all that she needs for it,
-- and pages in parts. As in 70_passes no lock of a claim is ever waited for.

-- When a claim ends that is granted or renewed now; due_us: when its batch is due, for one made ahead. The same rule as
-- boapp/domain/leases.py, which says why.
CREATE OR REPLACE FUNCTION inner_api.lease_end(now_us bigint, hours int, due_us bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN due_us IS NULL THEN now_us + hours * 3600000000
    ELSE greatest(least(now_us + hours * 3600000000, due_us - 3600000000), now_us + 900000000) END
$$;

-- Who asks, if she may claim such a pass in the project; NULL otherwise. `api.claim` asks the same in its one query.
CREATE OR REPLACE FUNCTION inner_api.claimer(p_project bytea, p_second boolean) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT m.person FROM core.member m
  WHERE m.project = p_project
    AND m.person = (SELECT l.person FROM core.login l WHERE l.role_name = session_user AND NOT l.blocked)
    AND string_to_array(m.roles, ' ') && CASE WHEN p_second THEN ARRAY['second-keyer']
      ELSE ARRAY['operator', 'second-keyer'] END
    AND NOT string_to_array(m.roles, ' ') && ARRAY['adjudicator', 'supervisor']
$$;

-- The first so many documents that wait for their second keying by somebody else, by jumps along the index from keyer to
-- keyer; none is locked.
CREATE OR REPLACE FUNCTION inner_api.heads(me bytea, p_project bytea, many int) RETURNS bytea[]
LANGUAGE sql VOLATILE AS $$
  WITH RECURSIVE keyer (person) AS (
    SELECT ''::bytea  -- before everybody
    UNION ALL
    SELECT (SELECT w.first_by FROM core.waiting w
      WHERE w.project = p_project AND w.pass_no > 1 AND w.first_by > k.person
      ORDER BY w.first_by LIMIT 1)
    FROM keyer k WHERE k.person IS NOT NULL
  )
  SELECT ARRAY(SELECT h.document FROM keyer k CROSS JOIN LATERAL (
      SELECT w.document, w.priority, w.position FROM core.waiting w
      WHERE w.project = p_project AND w.pass_no > 1 AND w.first_by = k.person
      ORDER BY w.priority, w.position LIMIT many) AS h
    WHERE k.person <> me ORDER BY h.priority, h.position LIMIT many)
$$;

-- The first so many documents that wait for a keying and that this person may have; none is locked.
CREATE OR REPLACE FUNCTION inner_api.first_waiting(me bytea, p_project bytea, number smallint, many int) RETURNS bytea[]
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF number > 1 THEN RETURN inner_api.heads(me, p_project, many); END IF;
  RETURN ARRAY(SELECT w.document FROM core.waiting w WHERE w.project = p_project AND w.pass_no = 1
    ORDER BY w.priority, w.position LIMIT many);
END
$$;

-- Of these documents those that wait, locked, and others in the place of those that somebody locks at this moment: up to so
-- many.
CREATE OR REPLACE FUNCTION inner_api.waiting_ahead(me bytea, p_project bytea, number smallint, best bytea[], many int)
RETURNS bytea[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_ids bytea[] := ARRAY(SELECT w.document FROM core.waiting w
    WHERE w.document = ANY (best) AND w.pass_no = number ORDER BY w.priority, w.position LIMIT many FOR UPDATE SKIP LOCKED);
BEGIN
  IF cardinality(found_ids) = many THEN RETURN found_ids; END IF;
  IF number = 1 THEN
    RETURN found_ids || ARRAY(SELECT w.document FROM core.waiting w
      WHERE w.project = p_project AND w.pass_no = 1 AND w.document <> ALL (found_ids)
      ORDER BY w.priority, w.position LIMIT many - cardinality(found_ids) FOR UPDATE SKIP LOCKED);
  END IF;
  RETURN found_ids || ARRAY(SELECT w.document FROM core.waiting w
    WHERE w.project = p_project AND w.pass_no > 1 AND w.first_by <> me AND w.document <> ALL (found_ids)
    LIMIT many - cardinality(found_ids) FOR UPDATE SKIP LOCKED);
END
$$;

-- Up to so many documents of other people's whose lease ran out; none is locked.
CREATE OR REPLACE FUNCTION inner_api.late_ahead(me bytea, p_project bytea, number smallint, many int, now_us bigint)
RETURNS bytea[] LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN ARRAY(SELECT d.id FROM core.claim c JOIN core.document d ON d.id = c.document
    WHERE c.expires_us < now_us AND c.pass_no = number AND c.person <> me AND d.project = p_project
      AND d.stage = CASE WHEN number = 1 THEN 'first' ELSE 'second' END AND d.first_by IS DISTINCT FROM me
    ORDER BY d.priority, d.position LIMIT many);
END
$$;

-- Grant the next documents, up to so many as were asked for and as the project leaves her room for, in the order of the
-- queue. No more are locked than are granted: an open transaction keeps just those from others. As `api.claim` it comes
-- before anything else that its transaction writes.
CREATE OR REPLACE FUNCTION api.claim_ahead(p_project bytea, p_second boolean, p_count int)
RETURNS TABLE (document bytea, pass_no smallint, fence bytea, expires_us bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  now_us bigint := inner_api.now_us();
  number smallint := CASE WHEN p_second THEN 2 ELSE 1 END;
  me bytea := inner_api.claimer(p_project, p_second);
  many int;
  best bytea[];
  late bytea[];
  wanted bytea[];
BEGIN
  IF NOT coalesce(me IS NOT NULL AND p_second IS NOT NULL AND p_count BETWEEN 1 AND 1000 AND inner_api.sees_news()
    AND pg_current_xact_id_if_assigned() IS NULL, false) THEN
    PERFORM inner_api.refuse();
  END IF;
  many := least(p_count, inner_api.room(me, p_project, now_us));
  IF many <= 0 THEN RETURN; END IF;
  late := inner_api.late_ahead(me, p_project, number, many, now_us);
  best := inner_api.first_waiting(me, p_project, number, many) || late;
  best := ARRAY(SELECT d.id FROM core.document d WHERE d.id = ANY (best) ORDER BY d.priority, d.position LIMIT many);
  late := ARRAY(SELECT c.document FROM core.claim c WHERE c.document = ANY (best) AND c.document = ANY (late)
    AND c.pass_no = number AND c.person <> me AND c.expires_us < now_us FOR UPDATE SKIP LOCKED);
  wanted := late || inner_api.waiting_ahead(me, p_project, number, best, many - cardinality(late));
  DELETE FROM core.claim c WHERE c.document = ANY (late) AND c.pass_no = number;
  DELETE FROM core.waiting w WHERE w.document = ANY (wanted);
  RETURN QUERY WITH granted AS (
      INSERT INTO core.claim AS c (document, pass_no, person, fence, expires_us, granted_us)
      SELECT d.id, number, me, uuid_send(gen_random_uuid()), inner_api.lease_end(now_us, p.lease_hours, b.due_us), now_us
      FROM core.document d JOIN core.batch b ON b.id = d.batch JOIN core.project p ON p.id = d.project
      WHERE d.id = ANY (wanted)
      ON CONFLICT DO NOTHING RETURNING c.document, c.pass_no, c.fence, c.expires_us)
    SELECT g.document, g.pass_no, g.fence, g.expires_us FROM granted g JOIN core.document d ON d.id = g.document
    ORDER BY d.priority, d.position;
END
$$;

-- Give one's own claims that still stand a new end, never an earlier one; return them all. One whose lease ran out begins
-- anew while the project leaves her room for it. One that somebody locks at this moment is returned as it stands.
CREATE OR REPLACE FUNCTION api.renew(p_fences bytea[])
RETURNS TABLE (document bytea, pass_no smallint, fence bytea, expires_us bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  now_us bigint := inner_api.now_us();
  me bytea := inner_api.me();
BEGIN
  IF NOT coalesce(me IS NOT NULL AND cardinality(p_fences) <= 1000 AND inner_api.sees_news(), false) THEN
    PERFORM inner_api.refuse();
  END IF;
  RETURN QUERY WITH free AS (
      SELECT c.document, c.pass_no, c.expires_us >= now_us AS runs FROM core.claim c
      WHERE c.person = me AND c.fence = ANY (p_fences) FOR NO KEY UPDATE SKIP LOCKED
    ), hers AS (
      SELECT f.document, f.pass_no, f.runs, d.project, inner_api.lease_end(now_us, p.lease_hours, b.due_us) AS until_us,
        row_number() OVER (PARTITION BY d.project, f.runs ORDER BY d.priority, d.position) AS place
      FROM free f JOIN core.document d ON d.id = f.document JOIN core.batch b ON b.id = d.batch
        JOIN core.project p ON p.id = d.project
      WHERE inner_api.claimer(d.project, f.pass_no > 1) = me
    ), renewed AS (
      UPDATE core.claim c SET expires_us = greatest(c.expires_us, h.until_us) FROM hers h
      WHERE c.document = h.document AND c.pass_no = h.pass_no
        AND (h.runs OR h.place <= inner_api.room(me, h.project, now_us))
      RETURNING c.document, c.pass_no, c.expires_us
    )
    SELECT c.document, c.pass_no, c.fence, coalesce(r.expires_us, c.expires_us)
    FROM core.claim c JOIN core.document d ON d.id = c.document
      LEFT JOIN renewed r ON r.document = c.document AND r.pass_no = c.pass_no
    WHERE c.person = me AND c.fence = ANY (p_fences) ORDER BY d.priority, d.position;
END
$$;

CREATE OR REPLACE FUNCTION api.hand_back_all(p_fences bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
  SELECT inner_api.let_go(inner_api.me(), p_fences)
$$;

-- One's own claims in a project, each with its document, that document's intake, its number in its batch and how many
-- documents the batch has, in the order of the queue. Both are counted along one index, the second once for a batch.
CREATE OR REPLACE FUNCTION api.assigned(p_project bytea) RETURNS TABLE (claim_document bytea, claim_pass_no smallint,
  claim_fence bytea, claim_expires_us bigint, document_id bytea, document_project bytea, document_batch bytea,
  document_stage varchar, document_first_by bytea, document_intake bytea, document_meta_epoch int, document_meta bytea,
  document_comparison bytea, document_record bytea, document_confirmation bytea, intake_id bytea, intake_document bytea,
  intake_kind varchar, intake_actor bytea, intake_counted int, intake_statement bytea, intake_signature bytea,
  intake_content bytea, intake_box_adj bytea, intake_box_own bytea, number int, total int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH hers AS (
    SELECT c.pass_no, c.fence, c.expires_us, d.*
    FROM core.claim c JOIN core.document d ON d.id = c.document
    WHERE c.person = inner_api.me() AND d.project = p_project AND inner_api.belongs(inner_api.me(), p_project)
  ), size AS (
    SELECT b.batch, (SELECT count(*) FROM core.document x WHERE x.batch = b.batch)::int AS total
    FROM (SELECT DISTINCT h.batch FROM hers h) AS b
  )
  SELECT h.id, h.pass_no, h.fence, h.expires_us, h.id, h.project, h.batch, h.stage, h.first_by, h.intake,
    h.meta_epoch, h.meta, h.comparison, h.record, h.confirmation, f.id, f.document, f.kind, f.actor, f.counted::int,
    f.statement, f.signature, f.content, f.box_adj, f.box_own,
    (SELECT count(*) FROM core.document x WHERE x.batch = h.batch AND x.position <= h.position)::int, s.total
  FROM hers h JOIN core.fact f ON f.id = h.intake JOIN size s ON s.batch = h.batch
  ORDER BY h.priority, h.position
$$;

-- How many bytes an encrypted page has.
CREATE OR REPLACE FUNCTION api.page_size(p_document bytea, p_number int) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT length(p.data) FROM core.page p JOIN core.document d ON d.id = p.document
  WHERE p.document = p_document AND p.number = p_number AND inner_api.belongs(inner_api.me(), d.project)
$$;

-- A piece of an encrypted page, empty beyond its end; nothing of it is read but that piece.
CREATE OR REPLACE FUNCTION api.page_part(p_document bytea, p_number int, p_start int, p_length int) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT coalesce(p_start BETWEEN 0 AND 2147483646 AND p_length BETWEEN 1 AND 8388608, false) THEN
    PERFORM inner_api.refuse();
  END IF;
  RETURN (SELECT substring(p.data FROM p_start + 1 FOR p_length)
    FROM core.page p JOIN core.document d ON d.id = p.document
    WHERE p.document = p_document AND p.number = p_number AND inner_api.belongs(inner_api.me(), d.project));
END
$$;
