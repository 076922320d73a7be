-- Claims, seals, and the one door to a first pass.
--
-- No lock is ever waited for in a claim: what somebody else holds is passed over, so nobody's open transaction keeps
-- others from working. A seal waits for its own document alone, and not for long.

-- The head of the queue: for a first pass the next row that nobody keyed; for a second pass the best of the heads of
-- what each other person keyed first, by jumps along the index, so that one's own documents are never walked over.
CREATE OR REPLACE FUNCTION inner_api.head(me bytea, p_project bytea, p_second boolean, tried bytea[], now_us bigint)
RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
  keyer bytea := '';
  found_id bytea;
  found_at int[];
  best_id bytea;
  best_at int[];
BEGIN
  IF NOT p_second THEN
    SELECT d.id INTO best_id FROM core.document d
    WHERE d.project = p_project AND d.stage = 'first' AND d.first_by IS NULL AND d.id <> ALL (tried)
      AND NOT EXISTS (SELECT FROM core.claim c
        WHERE c.document = d.id AND (c.person = me OR c.pass_no = 1 AND c.expires_us >= now_us))
    ORDER BY d.priority, d.position LIMIT 1;
    RETURN best_id;
  END IF;
  LOOP
    SELECT d.first_by INTO keyer FROM core.document d
    WHERE d.project = p_project AND d.stage = 'second' AND d.first_by > keyer ORDER BY d.first_by LIMIT 1;
    EXIT WHEN NOT FOUND;
    CONTINUE WHEN keyer = me;
    SELECT d.id, ARRAY[d.priority, d.position] INTO found_id, found_at FROM core.document d
    WHERE d.project = p_project AND d.stage = 'second' AND d.first_by = keyer AND d.id <> ALL (tried)
      AND NOT EXISTS (SELECT FROM core.claim c
        WHERE c.document = d.id AND (c.person = me OR c.pass_no = 2 AND c.expires_us >= now_us))
    ORDER BY d.priority, d.position LIMIT 1;
    IF FOUND AND (best_at IS NULL OR found_at < best_at) THEN
      best_id := found_id;
      best_at := found_at;
    END IF;
  END LOOP;
  RETURN best_id;
END
$$;

-- Grant the next document, or the named one, to whoever may key it. No row: there is none.
CREATE OR REPLACE FUNCTION api.claim(p_project bytea, p_second boolean, p_document bytea)
RETURNS TABLE (document bytea, pass_no smallint, fence bytea, expires_us bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  me bytea := inner_api.me();
  now_us bigint := inner_api.now_us();
  number smallint := CASE WHEN p_second THEN 2 ELSE 1 END;
  wanted bytea := p_document;
  tried bytea[] := '{}';
BEGIN
  IF me IS NULL OR inner_api.holds_adj(me, p_project) OR NOT (CASE WHEN p_second
      THEN inner_api.works_as(me, p_project, 'second-keyer')
      ELSE inner_api.works_as(me, p_project, 'operator', 'second-keyer') END) THEN
    PERFORM inner_api.refuse();
  END IF;
  LOOP
    IF p_document IS NULL THEN
      wanted := inner_api.head(me, p_project, p_second, tried, now_us);
    END IF;
    IF wanted IS NULL OR cardinality(tried) > 64 THEN RETURN; END IF;
    -- Held by somebody at this moment: he is being granted it, or seals it.
    PERFORM FROM core.document d WHERE d.id = wanted AND d.project = p_project
      AND d.stage = CASE WHEN p_second THEN 'second' ELSE 'first' END AND d.first_by IS DISTINCT FROM me
      AND NOT EXISTS (SELECT FROM core.sealed_pass s WHERE s.document = d.id AND s.person = me)
      FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
      DELETE FROM core.claim c WHERE c.document = wanted AND c.pass_no = number AND c.expires_us < now_us;
      RETURN QUERY INSERT INTO core.claim AS c (document, pass_no, person, fence, expires_us)
        VALUES (wanted, number, me, uuid_send(gen_random_uuid()), now_us + 28800000000)
        ON CONFLICT DO NOTHING
        RETURNING c.document, c.pass_no, c.fence, c.expires_us;
      IF FOUND THEN RETURN; END IF;
    END IF;
    IF p_document IS NOT NULL THEN RETURN; END IF;
    tried := tried || wanted;
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION api.my_claims(p_project bytea)
RETURNS TABLE (document bytea, pass_no smallint, fence bytea, expires_us bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.document, c.pass_no, c.fence, c.expires_us FROM core.claim c JOIN core.document d ON d.id = c.document
  WHERE c.person = inner_api.me() AND d.project = p_project ORDER BY d.position
$$;

CREATE OR REPLACE FUNCTION api.held_by_others(p_project bytea) RETURNS TABLE (document bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.document FROM core.claim c JOIN core.document d ON d.id = c.document
  WHERE c.person <> inner_api.me() AND c.expires_us >= inner_api.now_us() AND d.project = p_project
    AND inner_api.belongs(inner_api.me(), p_project)
$$;

CREATE OR REPLACE FUNCTION api.hand_back(p_fence bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
  DELETE FROM core.claim WHERE fence = p_fence AND person = inner_api.me()
$$;

CREATE OR REPLACE FUNCTION api.drop_claims(p_project bytea, p_person bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
BEGIN
  IF NOT coalesce(inner_api.takes_in(inner_api.me(), p_project), false) THEN
    PERFORM inner_api.refuse();
  END IF;
  DELETE FROM core.claim c USING core.document d
    WHERE c.document = d.id AND d.project = p_project AND c.person = p_person;
END
$$;

-- What is stored under the id of a pass, counted or surplus.
CREATE OR REPLACE FUNCTION inner_api.known_pass(id_ bytea) RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT manifest FROM core.sealed_pass WHERE id = id_
  UNION ALL SELECT manifest FROM core.surplus_pass WHERE id = id_
$$;

-- Store a sealed pass in the slot that its claim grants, or as surplus: stored, already, conflict or surplus.
CREATE OR REPLACE FUNCTION api.seal(p_manifest bytea, p_signature bytea, p_blob bytea, p_boxes bytea, p_k1 bytea)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  me bytea := inner_api.me();
  signed bytea[] := inner_api.parts(p_manifest);
  about bytea[] := inner_api.parts(signed[1]);
  id_ bytea := about[6];
  target bytea := about[5];
  known bytea;
  granted smallint;
  wanted int;
BEGIN
  IF me IS NULL OR cardinality(signed) IS DISTINCT FROM 15 OR cardinality(about) IS DISTINCT FROM 12
    OR about[7] <> me OR length(id_) <> 16 OR length(p_signature) <> 64 OR length(p_blob) > 1049600
    OR length(p_boxes) > 4096 OR length(p_manifest) > 4096
    OR NOT EXISTS (SELECT FROM core.document d WHERE d.id = target AND d.project = about[4]) THEN
    PERFORM inner_api.refuse();
  END IF;
  PERFORM set_config('synchronous_commit', 'on', true);
  -- One's own claim first, then what is known: of many who send the same at once, one stores it and the rest see that.
  -- Nobody without a claim on a document locks anything of it.
  PERFORM FROM core.claim c WHERE c.document = target AND c.fence = signed[9] AND c.person = me FOR UPDATE;
  known := inner_api.known_pass(id_);
  IF known IS NOT NULL THEN
    RETURN CASE WHEN known = p_manifest THEN 'already' ELSE 'conflict' END;
  END IF;
  SELECT c.pass_no INTO granted FROM core.claim c JOIN core.document d ON d.id = c.document
    JOIN core.project p ON p.id = d.project
  WHERE c.document = target AND c.fence = signed[9] AND c.person = me
    AND coalesce(sha256(p_k1), '') = signed[5] AND (p_k1 IS NULL OR p.mode = 'release' AND length(p_k1) = 32)
    AND NOT EXISTS (SELECT FROM core.sealed_pass s WHERE s.document = target AND s.person = me);
  IF granted IS NULL THEN
    INSERT INTO core.surplus_pass (id, document, person, manifest, signature, blob, boxes, stored_us)
      VALUES (id_, target, me, p_manifest, p_signature, p_blob, p_boxes, inner_api.now_us())
      ON CONFLICT (id) DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'surplus' WHEN inner_api.known_pass(id_) = p_manifest THEN 'already'
      ELSE 'conflict' END;
  END IF;
  INSERT INTO core.sealed_pass (id, document, slot, person, manifest, signature, blob, boxes, stored_us)
    VALUES (id_, target, granted, me, p_manifest, p_signature, p_blob, p_boxes, inner_api.now_us());
  INSERT INTO core.sealed_in (sealed_pass, xact) VALUES (id_, pg_current_xact_id());
  INSERT INTO core.pass_share (sealed_pass, k1) SELECT id_, p_k1 WHERE p_k1 IS NOT NULL;
  DELETE FROM core.claim c WHERE c.document = target AND c.fence = signed[9];
  wanted := inner_api.passes_wanted(target);
  UPDATE core.document SET stage = CASE WHEN granted < wanted THEN 'second' ELSE 'comparing' END,
    first_by = CASE WHEN granted = 1 THEN me ELSE first_by END
  WHERE id = target;
  RETURN 'stored';
END
$$;

-- How many passes the signed intake of a document asks for.
CREATE OR REPLACE FUNCTION inner_api.passes_wanted(target bytea) RETURNS int LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN jsonb_array_length(inner_api.unpack((inner_api.parts(f.statement))[7]) -> 'verify') > 0
    THEN 2 ELSE 1 END
  FROM core.document d JOIN core.fact f ON f.id = d.intake WHERE d.id = target
$$;

-- Whether a person sealed the second pass of a document, in a transaction that is over.
CREATE OR REPLACE FUNCTION inner_api.sealed_second(who bytea, target bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM core.sealed_pass s JOIN core.sealed_in i ON i.sealed_pass = s.id
    WHERE s.document = target AND s.person = who AND s.slot > 1 AND pg_xact_status(i.xact) = 'committed')
$$;

CREATE OR REPLACE FUNCTION api.own_pass(p_document bytea) RETURNS TABLE (id bytea, document bytea, slot smallint,
  person bytea, manifest bytea, signature bytea, blob bytea, boxes bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.id, s.document, s.slot, s.person, s.manifest, s.signature, s.blob, s.boxes FROM core.sealed_pass s
  WHERE s.document = p_document AND s.person = inner_api.me()
$$;

CREATE OR REPLACE FUNCTION api.awaiting_my_comparison(p_project bytea) RETURNS TABLE (document bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.id FROM core.document d JOIN core.sealed_pass s ON s.document = d.id
  WHERE d.project = p_project AND d.stage = 'comparing' AND s.person = inner_api.me() AND s.slot > 1
  ORDER BY d.position
$$;

-- The first pass with its share, to whoever sealed the second one in a release project. To nobody else, in one way.
CREATE OR REPLACE FUNCTION api.reveal(p_document bytea) RETURNS TABLE (id bytea, document bytea, slot smallint,
  person bytea, manifest bytea, signature bytea, blob bytea, boxes bytea, k1 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
BEGIN
  RETURN QUERY SELECT s.id, s.document, s.slot, s.person, s.manifest, s.signature, s.blob, s.boxes, h.k1
    FROM core.sealed_pass s JOIN core.pass_share h ON h.sealed_pass = s.id
    JOIN core.document d ON d.id = s.document JOIN core.project p ON p.id = d.project
    WHERE s.document = p_document AND s.slot = 1 AND p.mode = 'release'
      AND inner_api.sealed_second(inner_api.me(), p_document);
  IF NOT FOUND THEN
    PERFORM inner_api.refuse();
  END IF;
END
$$;
