-- Reading evidence: to holders of ADJ once both passes are sealed, to auditors and administrators whole (they hold no
-- key that opens it), to a second keyer of a release project what is about the document that she sealed.

-- Whether a person sees what was decided about a document.
CREATE OR REPLACE FUNCTION inner_api.sees_decisions(who bytea, at core.document) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT inner_api.holds_adj(who, at.project) OR inner_api.audits(who, at.project)
    OR inner_api.sealed_second(who, at.id)
      AND (SELECT p.mode = 'release' FROM core.project p WHERE p.id = at.project)
$$;

-- Whether a person sees the sealed passes of a document, closed as they are.
CREATE OR REPLACE FUNCTION inner_api.sees_passes(who bytea, at core.document) RETURNS boolean
LANGUAGE sql STABLE AS $$
  -- Whoever keys here or could open a pass, whatever else she is, sees none before the second is sealed; nor on a seal of
  -- her own that could still be rolled back.
  SELECT CASE WHEN inner_api.holds_adj(who, at.project) THEN at.stage NOT IN ('first', 'second')
    WHEN inner_api.works_as(who, at.project, 'operator', 'second-keyer')
      OR EXISTS (SELECT FROM core.claim c WHERE c.document = at.id AND c.person = who)
      THEN inner_api.audits(who, at.project) AND at.stage NOT IN ('first', 'second') AND NOT EXISTS (SELECT
        FROM core.sealed_pass s WHERE s.document = at.id AND s.xact = pg_current_xact_id_if_assigned())
    ELSE inner_api.audits(who, at.project) END
$$;

CREATE OR REPLACE FUNCTION api.passes(p_project bytea, p_document bytea) RETURNS TABLE (id bytea, document bytea,
  slot smallint, person bytea, manifest bytea, signature bytea, blob bytea, boxes bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.id, s.document, s.slot, s.person, s.manifest, s.signature, s.blob, s.boxes
  FROM (SELECT 1 AS part, c.stored_us, c.id, c.document, c.slot, c.person, c.manifest, c.signature, c.blob, c.boxes
      FROM core.sealed_pass c
    UNION ALL SELECT 2, l.stored_us, l.id, l.document, 0::smallint, l.person, l.manifest, l.signature, l.blob, l.boxes
      FROM core.surplus_pass l) AS s JOIN core.document d ON d.id = s.document
  WHERE d.project = p_project AND (p_document IS NULL OR d.id = p_document)
    AND inner_api.sees_passes(inner_api.me(), d)
  ORDER BY s.part, s.stored_us, s.id
$$;

-- The person from whom a take-back took her claim, in hexadecimal.
CREATE OR REPLACE FUNCTION inner_api.taken_from(statement bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT inner_api.unpack((inner_api.parts(statement))[7]) ->> 'person'
$$;

-- Facts; the intake of a document to everybody in its project, a take-back also to whom the claim was taken from, who holds
-- no key to its reason.
CREATE OR REPLACE FUNCTION api.facts(p_project bytea, p_document bytea) RETURNS TABLE (id bytea, document bytea,
  kind varchar, actor bytea, counted int, statement bytea, signature bytea, content bytea, box_adj bytea, box_own bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT f.id, f.document, f.kind, f.actor, f.counted::int, f.statement, f.signature, f.content, f.box_adj, f.box_own
  FROM core.fact f JOIN core.document d ON d.id = f.document
  WHERE f.project = p_project AND d.project = p_project AND (p_document IS NULL OR f.document = p_document)
    AND (f.kind = 'intake' AND inner_api.belongs(inner_api.me(), p_project)
      OR f.kind = 'take-back' AND f.counted AND inner_api.belongs(inner_api.me(), p_project)
        AND inner_api.taken_from(f.statement) = encode(inner_api.me(), 'hex')
      OR inner_api.sees_decisions(inner_api.me(), d))
  ORDER BY f.stored_us, f.id
$$;

CREATE OR REPLACE FUNCTION api.discrepancies(p_project bytea, p_document bytea) RETURNS TABLE (document bytea,
  comparison bytea, field varchar, "row" int, first_row int, second_row int, kind varchar, resolution bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT x.document, x.comparison, x.field, x.row, x.first_row, x.second_row, x.kind, x.resolution
  FROM core.discrepancy x JOIN core.document d ON d.comparison = x.comparison
  WHERE d.project = p_project AND (p_document IS NULL OR d.id = p_document)
    AND inner_api.sees_decisions(inner_api.me(), d)
  ORDER BY d.position, x.row, x.field
$$;

-- The same with those of comparisons that another one took the place of, to whoever verifies.
CREATE OR REPLACE FUNCTION api.every_discrepancy(p_project bytea) RETURNS TABLE (document bytea, comparison bytea,
  field varchar, "row" int, first_row int, second_row int, kind varchar, resolution bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT x.document, x.comparison, x.field, x.row, x.first_row, x.second_row, x.kind, x.resolution
  FROM core.discrepancy x JOIN core.document d ON d.id = x.document
  WHERE d.project = p_project AND inner_api.sees_decisions(inner_api.me(), d)
  ORDER BY d.position, x.comparison, x.row, x.field
$$;

-- How many passes and facts were kept and do not count.
CREATE OR REPLACE FUNCTION api.surplus(p_project bytea) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT (SELECT count(*) FROM core.surplus_pass l JOIN core.document d ON d.id = l.document
      WHERE d.project = p_project)
    + (SELECT count(*) FROM core.fact f WHERE f.project = p_project AND NOT f.counted)
  WHERE inner_api.belongs(inner_api.me(), p_project)
$$;

-- The digest of each release share, never a share.
CREATE OR REPLACE FUNCTION api.shares(p_project bytea) RETURNS TABLE (sealed_pass bytea, digest bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT h.sealed_pass, sha256(h.k1) FROM core.pass_share h JOIN core.sealed_pass s ON s.id = h.sealed_pass
  JOIN core.document d ON d.id = s.document
  WHERE d.project = p_project AND inner_api.sees_passes(inner_api.me(), d)
$$;

-- Who is in a project, as it was copied from the roster.
CREATE OR REPLACE FUNCTION api.members(p_project bytea) RETURNS TABLE (project bytea, person bytea, roles varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT m.project, m.person, m.roles FROM core.member m
  WHERE m.project = p_project AND inner_api.belongs(inner_api.me(), p_project)
$$;

-- The boxes of a project's keys and of the directory's, of everybody.
CREATE OR REPLACE FUNCTION api.boxes(p_project bytea) RETURNS TABLE (project bytea, kind varchar, epoch int,
  person bytea, key_id bytea, box bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT w.project, w.kind, w.epoch, w.person, w.key_id, w.box FROM core.key_wrap w
  WHERE w.project IN (p_project, decode(repeat('00', 16), 'hex'))
    AND (inner_api.audits(inner_api.me(), p_project) OR inner_api.holds_adj(inner_api.me(), p_project))
$$;
