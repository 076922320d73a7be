-- Facts: which of them count, and what they move. The rules are those of boapp/shareddb/sqlite_facts.py, decided on the
-- signed bytes. A fact that its own author sends about a document that is there is always kept; what does not count
-- moves nothing.

-- One statement, taken apart.
DO $$
BEGIN
  IF to_regtype('inner_api.statement') IS NULL THEN
    CREATE TYPE inner_api.statement AS (
      kind text, project bytea, document bytea, id bytea, refs bytea[], clear jsonb, actor bytea
    );
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION inner_api.read_statement(given bytea) RETURNS inner_api.statement
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  signed bytea[] := inner_api.parts(given);
BEGIN
  IF cardinality(signed) IS DISTINCT FROM 19 OR length(signed[5]) <> 16 OR length(signed[11]) <> 16 THEN
    RETURN NULL;
  END IF;
  RETURN (convert_from(signed[1], 'UTF8'), signed[3], signed[4], signed[5], inner_api.parts(signed[6]),
    inner_api.unpack(signed[7]), signed[11])::inner_api.statement;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END
$$;

-- Whether a person keyed a document, whether it counts or not, read one of its places or decided on it.
CREATE OR REPLACE FUNCTION inner_api.took_part(who bytea, target bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM core.sealed_pass s WHERE s.document = target AND s.person = who)
    OR EXISTS (SELECT FROM core.surplus_pass l WHERE l.document = target AND l.person = who)
    OR EXISTS (SELECT FROM core.fact f
      WHERE f.document = target AND f.actor = who AND f.kind IN ('reading', 'resolution'))
$$;

-- Whether a person reviewed a document.
CREATE OR REPLACE FUNCTION inner_api.has_reviewed(who bytea, target bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM core.fact f
    WHERE f.document = target AND f.actor = who AND f.kind = 'review' AND f.counted)
$$;

-- Whether separation of duties lets a fact count: a holder of ADJ who keyed neither pass; in a release project the
-- second keyer, within her limit, while nobody compared again. Claims are taken back by supervisors alone. A reviewer had
-- no part in the document, and takes none in it afterwards.
CREATE OR REPLACE FUNCTION inner_api.may_count(said inner_api.statement, at core.document) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
  keyed smallint := (SELECT s.slot FROM core.sealed_pass s WHERE s.document = at.id AND s.person = said.actor);
BEGIN
  IF said.kind = 'take-back' THEN
    RETURN inner_api.works_as(said.actor, at.project, 'supervisor');
  END IF;
  IF said.kind = 'review' AND inner_api.took_part(said.actor, at.id)
    OR said.kind IN ('reading', 'resolution') AND inner_api.has_reviewed(said.actor, at.id) THEN
    RETURN false;
  END IF;
  IF keyed IS NULL THEN
    RETURN inner_api.holds_adj(said.actor, at.project);
  END IF;
  RETURN keyed = 2 AND said.kind <> 'confirmation' AND at.stage <> 'adjudicating'
    AND (said.kind <> 'comparison' OR at.stage = 'comparing')
    AND (SELECT p.mode = 'release' FROM core.project p WHERE p.id = at.project);
END
$$;

-- Whether a statement names a field and a row.
CREATE OR REPLACE FUNCTION inner_api.names_place(clear jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_typeof(clear -> 'field') = 'string' AND jsonb_typeof(clear -> 'row') = 'number'
    AND (clear ->> 'row')::numeric BETWEEN 0 AND 65535
$$;

-- Whether a statement says what its kind must say, in the kinds of JSON that it must, as `read_clear` has it.
CREATE OR REPLACE FUNCTION inner_api.fits(said inner_api.statement) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(CASE said.kind
    WHEN 'intake' THEN cardinality(said.refs) = 0 AND jsonb_typeof(said.clear -> 'verify') = 'array'
      AND jsonb_typeof(said.clear -> 'page_count') = 'number' AND jsonb_typeof(said.clear -> 'form_hash') = 'string'
    WHEN 'comparison' THEN cardinality(said.refs) BETWEEN 1 AND 3 AND jsonb_typeof(said.clear -> 'rules') = 'number'
      AND jsonb_typeof(said.clear -> 'asked') = 'number' AND jsonb_typeof(said.clear -> 'beyond') = 'boolean'
      AND jsonb_typeof(said.clear -> 'discrepancies') = 'array'
    WHEN 'reading' THEN cardinality(said.refs) = 1 AND inner_api.names_place(said.clear)
    WHEN 'resolution' THEN cardinality(said.refs) = 2 AND inner_api.names_place(said.clear)
      AND jsonb_typeof(said.clear -> 'choice') = 'string' AND jsonb_typeof(said.clear -> 'cause') = 'string'
    WHEN 'record' THEN cardinality(said.refs) >= 1 AND jsonb_typeof(said.clear -> 'values') = 'number'
    WHEN 'confirmation' THEN cardinality(said.refs) = 1 AND jsonb_typeof(said.clear -> 'same') = 'boolean'
    WHEN 'review' THEN cardinality(said.refs) = 1 AND jsonb_typeof(said.clear -> 'accepted') = 'boolean'
    WHEN 'take-back' THEN cardinality(said.refs) = 0 AND jsonb_typeof(said.clear -> 'pass_no') = 'number'
      AND (said.clear ->> 'pass_no')::numeric BETWEEN 1 AND 32767
      AND said.clear ->> 'person' ~ '^[0-9a-f]{32}$' AND said.clear ->> 'fence' ~ '^[0-9a-f]{32}$'
  END, false)
$$;

-- Whether the discrepancies of a comparison stand at places that can be, each at one of its own.
CREATE OR REPLACE FUNCTION inner_api.are_places(found jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(bool_and(length(d ->> 0) BETWEEN 1 AND 40 AND (d ->> 1)::bigint BETWEEN 0 AND 65535
      AND coalesce((d ->> 2)::bigint, 0) BETWEEN 0 AND 65535 AND coalesce((d ->> 3)::bigint, 0) BETWEEN 0 AND 65535
      AND length(d ->> 4) BETWEEN 1 AND 24), true)
    AND count(*) = count(DISTINCT (d ->> 0, d ->> 1))
  FROM jsonb_array_elements(found) AS d
$$;

-- Whether the place that a reading or a decision names waits for a decision under the comparison that counts.
CREATE OR REPLACE FUNCTION inner_api.is_open(said inner_api.statement, at core.document) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT coalesce(at.comparison = said.refs[1], false) AND EXISTS (SELECT FROM core.discrepancy d
    WHERE d.comparison = at.comparison AND d.field = said.clear ->> 'field'
      AND d.row = (said.clear ->> 'row')::int AND d.resolution IS NULL)
$$;

-- Whether two statements are of one place: comparison, field and row.
CREATE OR REPLACE FUNCTION inner_api.same_place(one inner_api.statement, other inner_api.statement) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT one.refs[1] = other.refs[1] AND one.clear -> 'field' = other.clear -> 'field'
    AND one.clear -> 'row' = other.clear -> 'row'
$$;

-- Whether a fact counts as the document stands now; nothing is changed here.
CREATE OR REPLACE FUNCTION inner_api.counts(said inner_api.statement, at core.document) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
  passes bytea[];
  wanted int;
  named bytea[];
  decided bytea[];
BEGIN
  IF NOT coalesce(inner_api.may_count(said, at), false) THEN RETURN false; END IF;
  CASE said.kind
  WHEN 'comparison' THEN
    passes := ARRAY(SELECT s.id FROM core.sealed_pass s WHERE s.document = at.id ORDER BY s.slot);
    wanted := coalesce(at.passes, inner_api.asked_by(at.intake));
    RETURN cardinality(passes) = wanted AND said.refs[1:wanted] = passes
      AND said.refs[wanted + 1:] = CASE WHEN at.stage = 'comparing' THEN '{}' ELSE ARRAY[at.comparison] END
      AND inner_api.are_places(said.clear -> 'discrepancies');
  WHEN 'reading' THEN
    RETURN inner_api.is_open(said, at) AND NOT EXISTS (SELECT FROM core.fact f
      WHERE f.document = at.id AND f.kind = 'reading' AND f.actor = said.actor AND f.counted
        AND inner_api.same_place(inner_api.read_statement(f.statement), said));
  WHEN 'resolution' THEN
    RETURN inner_api.is_open(said, at) AND EXISTS (SELECT FROM core.fact f
      WHERE f.id = said.refs[2] AND f.counted AND f.kind = 'reading' AND f.actor = said.actor
        AND inner_api.same_place(inner_api.read_statement(f.statement), said));
  WHEN 'record' THEN
    named := said.refs[2:];
    decided := ARRAY(SELECT DISTINCT d.resolution FROM core.discrepancy d WHERE d.comparison = at.comparison
      ORDER BY d.resolution);
    RETURN at.record IS NULL AND coalesce(at.comparison = said.refs[1], false) AND named = decided
      AND array_position(decided, NULL) IS NULL;
  WHEN 'confirmation' THEN
    RETURN at.confirmation IS NULL AND coalesce(at.record = said.refs[1], false);
  WHEN 'review' THEN
    RETURN coalesce(at.record = said.refs[1], false) AND NOT EXISTS (SELECT FROM core.fact f
      WHERE f.document = at.id AND f.kind = 'review' AND f.actor = said.actor AND f.counted
        AND (inner_api.read_statement(f.statement)).refs[1] = at.record);
  WHEN 'take-back' THEN
    RETURN true;  -- the claim that it names is open, and locked by whoever asks
  ELSE
    RETURN false;
  END CASE;
END
$$;

-- What a fact that counts moves.
CREATE OR REPLACE FUNCTION inner_api.move(said inner_api.statement, at core.document) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  again boolean := said.kind = 'comparison' AND at.stage <> 'comparing';
BEGIN
  CASE said.kind
  WHEN 'comparison' THEN
    UPDATE core.document SET comparison = said.id, record = NULL, confirmation = NULL,
      stage = CASE WHEN again OR (said.clear -> 'beyond')::boolean THEN 'adjudicating' ELSE 'resolving' END
    WHERE id = at.id;
    INSERT INTO core.discrepancy (document, comparison, field, row, first_row, second_row, kind)
      SELECT at.id, said.id, d ->> 0, (d ->> 1)::int, (d ->> 2)::int, (d ->> 3)::int, d ->> 4
      FROM jsonb_array_elements(said.clear -> 'discrepancies') AS d;
  WHEN 'resolution' THEN
    UPDATE core.discrepancy d SET resolution = said.id
    WHERE d.comparison = said.refs[1] AND d.field = said.clear ->> 'field'
      AND d.row = (said.clear ->> 'row')::int AND d.resolution IS NULL;
  WHEN 'record' THEN
    UPDATE core.document SET stage = 'settled', record = said.id WHERE id = at.id;
  WHEN 'confirmation' THEN
    UPDATE core.document SET confirmation = said.id WHERE id = at.id;
  WHEN 'take-back' THEN
    PERFORM inner_api.let_go(decode(said.clear ->> 'person', 'hex'), ARRAY[decode(said.clear ->> 'fence', 'hex')]);
  ELSE
    NULL;
  END CASE;
END
$$;

-- Lock the claim that a take-back names, and its document; false when it is not open, or somebody keeps one of the two
-- locked. No lock is waited for, it is asked again for a moment: a seal that is under way ends meanwhile, and so does the
-- same message sent by another program. A keyer who keeps her claim locked holds up no message of a supervisor's; he is told
-- that it did not count and why, and her session is the operator's to end.
CREATE OR REPLACE FUNCTION inner_api.lock_claim(said inner_api.statement) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  named bytea := decode(said.clear ->> 'fence', 'hex');
BEGIN
  FOR asked IN 1 .. 20 LOOP
    PERFORM FROM core.claim c JOIN core.document d ON d.id = c.document
    WHERE c.fence = named AND c.document = said.document AND c.person = decode(said.clear ->> 'person', 'hex')
      AND c.pass_no = (said.clear ->> 'pass_no')::int
    FOR UPDATE OF c SKIP LOCKED FOR NO KEY UPDATE OF d SKIP LOCKED;
    IF FOUND THEN RETURN true; END IF;
    EXIT WHEN NOT EXISTS (SELECT FROM core.claim c WHERE c.document = said.document AND c.fence = named);
    PERFORM pg_sleep(0.02);
  END LOOP;
  RETURN false;
END
$$;

-- Keep a fact; NULL when one with its id was stored meanwhile.
CREATE OR REPLACE FUNCTION inner_api.keep_fact(said inner_api.statement, p_counted boolean, p_statement bytea,
  p_signature bytea, p_content bytea, p_box_adj bytea, p_box_own bytea) RETURNS boolean LANGUAGE sql AS $$
  INSERT INTO core.fact (id, project, document, kind, actor, counted, statement, signature, content, box_adj, box_own,
    stored_us)
  VALUES (said.id, said.project, said.document, said.kind, said.actor, p_counted, p_statement, p_signature, p_content,
    p_box_adj, p_box_own, inner_api.now_us())
  ON CONFLICT (id) DO NOTHING RETURNING true
$$;

-- What became of the same fact before; NULL when it is new.
CREATE OR REPLACE FUNCTION inner_api.known_fact(said inner_api.statement, p_statement bytea) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN f.statement = p_statement THEN 'already' ELSE 'conflict' END FROM core.fact f WHERE f.id = said.id
$$;

-- Whether a statement was signed with a key that its author has no more.
CREATE OR REPLACE FUNCTION inner_api.is_retired(p_statement bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM core.retired_key r WHERE r.key_id = (inner_api.parts(p_statement))[12])
$$;

-- Store one fact: stored, already, conflict or surplus.
CREATE OR REPLACE FUNCTION api.state(p_statement bytea, p_signature bytea, p_content bytea, p_box_adj bytea,
  p_box_own bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  said inner_api.statement := inner_api.read_statement(p_statement);
  at core.document;
  counted boolean;
  known text;
BEGIN
  SELECT d.* INTO at FROM core.document d WHERE d.id = said.document AND d.project = said.project
    AND said.actor = inner_api.me() AND said.kind <> 'intake' AND inner_api.fits(said)
    AND length(p_signature) = 64 AND length(p_box_adj) <= 256 AND length(p_box_own) <= 256
    AND length(p_statement) + length(p_content) <= 20000000 AND inner_api.belongs(inner_api.me(), d.project)
    AND inner_api.sees_news();
  IF NOT FOUND THEN
    PERFORM inner_api.refuse();
  END IF;
  -- Only where a fact may count is the document locked, and never while it is still to be keyed: nobody can keep others
  -- from keying it. But a supervisor who takes a claim back locks that claim's document until it is done.
  counted := inner_api.may_count(said, at) AND NOT inner_api.is_retired(p_statement);
  IF counted AND said.kind = 'take-back' THEN
    counted := length(p_content) > 0 AND inner_api.lock_claim(said);
  ELSIF counted AND at.stage IN ('first', 'second') THEN
    counted := false;
  ELSIF counted THEN
    SELECT d.* INTO at FROM core.document d WHERE d.id = said.document FOR NO KEY UPDATE;
  END IF;
  known := inner_api.known_fact(said, p_statement);
  IF known IS NOT NULL THEN RETURN known; END IF;
  counted := coalesce(counted AND inner_api.counts(said, at), false);
  IF inner_api.keep_fact(said, counted, p_statement, p_signature, p_content, p_box_adj, p_box_own) IS NULL THEN
    RETURN inner_api.known_fact(said, p_statement);
  END IF;
  IF counted THEN
    PERFORM inner_api.move(said, at);
  END IF;
  RETURN CASE WHEN counted THEN 'stored' ELSE 'surplus' END;
END
$$;

-- Put a document into the queue with its signed intake; its pages are stored already.
CREATE OR REPLACE FUNCTION api.add_document(p_statement bytea, p_signature bytea, p_content bytea, p_box_adj bytea,
  p_box_own bytea, p_batch bytea, p_meta_epoch int, p_meta bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  said inner_api.statement := inner_api.read_statement(p_statement);
  known text := inner_api.known_fact(said, p_statement);
  there boolean := inner_api.is_retired(p_statement)
    OR EXISTS (SELECT FROM core.document d WHERE d.id = said.document);
BEGIN
  IF NOT coalesce(said.actor = inner_api.me() AND said.kind = 'intake' AND inner_api.fits(said)
    AND length(p_signature) = 64 AND length(p_content) + length(p_box_adj) + length(p_box_own) = 0
    AND inner_api.sees_news() AND length(p_statement) <= 2000000 AND length(said.document) = 16 AND inner_api.takes_in(inner_api.me(), said.project)
    AND EXISTS (SELECT FROM core.batch b WHERE b.id = p_batch AND b.project = said.project), false) THEN
    PERFORM inner_api.refuse();
  END IF;
  IF known IS NOT NULL THEN RETURN known; END IF;
  PERFORM inner_api.keep_fact(said, NOT there, p_statement, p_signature, p_content, p_box_adj, p_box_own);
  IF there THEN RETURN 'surplus'; END IF;
  WITH added AS (
    INSERT INTO core.document (id, project, stage, intake, batch, meta_epoch, meta, passes)
      VALUES (said.document, said.project, 'first', said.id, p_batch, p_meta_epoch, p_meta,
        inner_api.asks_for(p_statement))
      RETURNING id, project, priority, position
  )
  INSERT INTO core.waiting (document, project, pass_no, priority, position)
    SELECT a.id, a.project, 1, a.priority, a.position FROM added a;
  RETURN 'stored';
END
$$;
