-- Many signed messages of one author at once.

-- Store one message; what refuses it is told as a word, so that it keeps no other back. `busy`: somebody keeps locked what
-- it needs, and it may come again.
CREATE OR REPLACE FUNCTION inner_api.send_one(p_kind text, p_signed bytea, p_signature bytea, p_content bytea,
  p_box_adj bytea, p_box_own bytea, p_batch bytea, p_epoch int, p_meta bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE p_kind
    WHEN 'pass' THEN api.seal(p_signed, p_signature, p_content, p_box_adj, p_box_own)
    WHEN 'fact' THEN api.state(p_signed, p_signature, p_content, p_box_adj, p_box_own)
    WHEN 'intake' THEN api.add_document(p_signed, p_signature, p_content, p_box_adj, p_box_own, p_batch, p_epoch, p_meta)
    ELSE 'refused' END;
EXCEPTION
  WHEN insufficient_privilege THEN RETURN 'refused';
  WHEN integrity_constraint_violation OR data_exception THEN RETURN 'not kept';
  WHEN lock_not_available THEN RETURN 'busy';
END
$$;

-- Whether somebody keeps locked what a pass of one's own is stored by, its claim or its document: its seal would wait, and what
-- is sent behind it with it.
CREATE OR REPLACE FUNCTION inner_api.is_kept_locked(p_manifest bytea) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  signed_fence bytea := inner_api.fence_of(p_manifest);
  of_document bytea := substring(p_manifest FROM 64 FOR 16);
BEGIN
  PERFORM FROM core.claim c JOIN core.document d ON d.id = c.document
  WHERE c.document = of_document AND c.fence = signed_fence AND c.person = inner_api.me()
  FOR UPDATE OF c SKIP LOCKED FOR NO KEY UPDATE OF d SKIP LOCKED;
  RETURN NOT FOUND AND EXISTS (SELECT FROM core.claim c
    WHERE c.document = of_document AND c.fence = signed_fence AND c.person = inner_api.me());
END
$$;

-- Of some passes, store those that take the slot of their claim, in few statements; return which, counted from 1. What is
-- not plain is left alone: a pass without its claim or whose claim somebody keeps locked, of a retired key, or known
-- before; all of them where two are of one document, since then it matters which comes first.
--
-- As in `api.seal`, the claims are locked first, then it is looked up what is known: by the tables' own keys.
CREATE OR REPLACE FUNCTION inner_api.seal_plain(p_manifests bytea[], p_signatures bytea[], p_blobs bytea[],
  p_boxes bytea[], p_k1s bytea[]) RETURNS int[]
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  me bytea := inner_api.me();
  keyed bytea[];  -- the projects in which she keys
  released bytea[];
  places int[];
  slots smallint[];
  ids bytea[];  -- of those that were stored
BEGIN
  SELECT array_agg(p.id), coalesce(array_agg(p.id) FILTER (WHERE p.mode = 'release'), '{}') INTO keyed, released
  FROM core.project p JOIN core.member m ON m.project = p.id AND m.person = me
  WHERE string_to_array(m.roles, ' ') && ARRAY['operator', 'second-keyer'];
  IF (SELECT count(DISTINCT substring(m FROM 64 FOR 16)) < count(*) OR count(DISTINCT substring(m FROM 84 FOR 16)) < count(*)
      FROM unnest(p_manifests) AS m) OR NOT inner_api.sees_news() THEN
    RETURN '{}';
  END IF;
  SELECT array_agg(held.place), array_agg(held.pass_no) INTO places, slots FROM (
    SELECT sent.place::int, c.pass_no
    FROM unnest(p_manifests, p_signatures, p_blobs, p_boxes, p_k1s)
      WITH ORDINALITY AS sent (manifest, signature, blob, boxes, k1, place)
    JOIN core.claim c ON c.document = substring(sent.manifest FROM 64 FOR 16) AND c.person = me
    JOIN core.document d ON d.id = c.document AND d.project = substring(sent.manifest FROM 44 FOR 16)
    WHERE c.fence = inner_api.fence_of(sent.manifest) AND substring(sent.manifest FROM 104 FOR 16) = me
      AND d.project = ANY (keyed)
      AND length(sent.signature) = 64 AND length(sent.blob) <= 1049600 AND inner_api.are_boxes(sent.boxes)
      AND (sent.k1 IS NULL OR d.project = ANY (released))
      AND substring(sent.manifest FROM 336 FOR 4 + coalesce(length(sent.k1), 0)) = inner_api.digest_of(sent.k1)
    FOR UPDATE OF c SKIP LOCKED
  ) AS held;
  WITH kept AS (
    INSERT INTO core.sealed_pass (id, document, slot, person, manifest, signature, blob, boxes, stored_us, xact)
    SELECT substring(its.manifest FROM 84 FOR 16), substring(its.manifest FROM 64 FOR 16), slots[n], me, its.manifest,
      p_signatures[places[n]], p_blobs[places[n]], p_boxes[places[n]], inner_api.now_us(), pg_current_xact_id()
    FROM generate_subscripts(places, 1) AS n, LATERAL (SELECT p_manifests[places[n]] AS manifest) AS its
    WHERE NOT EXISTS (SELECT FROM core.surplus_pass l WHERE l.id = substring(its.manifest FROM 84 FOR 16))
      AND NOT EXISTS (SELECT FROM core.retired_key r WHERE r.key_id = substring(its.manifest FROM 124 FOR 16))
    ON CONFLICT DO NOTHING RETURNING id
  )
  SELECT array_agg(id) INTO ids FROM kept;
  IF cardinality(ids) < cardinality(places) THEN  -- some were known, or by a retired key: seldom
    SELECT array_agg(places[n]), array_agg(slots[n]) INTO places, slots FROM generate_subscripts(places, 1) AS n
    WHERE substring(p_manifests[places[n]] FROM 84 FOR 16) = ANY (ids);
  END IF;
  WITH kept AS (
    SELECT substring(p_manifests[places[n]] FROM 84 FOR 16) AS id,
      substring(p_manifests[places[n]] FROM 64 FOR 16) AS document, slots[n] AS slot, p_k1s[places[n]] AS k1
    FROM generate_subscripts(ids, 1) AS n
  ), shared AS (
    INSERT INTO core.pass_share (sealed_pass, k1) SELECT id, k1 FROM kept WHERE k1 IS NOT NULL
  ), ended AS (
    DELETE FROM core.claim c USING kept k WHERE c.document = k.document AND c.pass_no = k.slot
  ), moved AS (
    UPDATE core.document d SET first_by = CASE WHEN k.slot = 1 THEN me ELSE d.first_by END,
      stage = CASE WHEN k.slot = 1 AND coalesce(d.passes, inner_api.asked_by(d.intake)) = 2 THEN 'second'
        ELSE 'comparing' END
    FROM kept k WHERE d.id = k.document RETURNING d.id, d.project, d.stage, d.priority, d.position
  )
  INSERT INTO core.waiting (document, project, pass_no, first_by, priority, position)
    SELECT m.id, m.project, 2, me, m.priority, m.position FROM moved m WHERE m.stage = 'second'
    ON CONFLICT ON CONSTRAINT waiting_pkey DO UPDATE SET pass_no = excluded.pass_no, first_by = excluded.first_by;
  RETURN CASE WHEN ids IS NULL THEN '{}' ELSE places END;
EXCEPTION WHEN integrity_constraint_violation OR data_exception OR lock_not_available THEN
  RETURN '{}';
END
$$;

-- Store messages in this order, each as the function of its kind would: what became of each, or `refused`, or `not kept`
-- where the tables themselves refuse it, or `busy`. The boxes of a pass stand where a fact has its first, its share where
-- a fact has its second.
CREATE OR REPLACE FUNCTION api.send(p_kinds text[], p_signed bytea[], p_signatures bytea[], p_contents bytea[],
  p_boxes_adj bytea[], p_boxes_own bytea[], p_batches bytea[], p_epochs int[], p_metas bytea[]) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  many int := cardinality(p_kinds);
  told text[] := '{}';
  upto int := 0;  -- so far goes the row of passes that was begun
  plain int[];
  waited boolean := false;  -- for a claim or a document that is kept locked: once is enough
  in_use boolean := false;  -- a fact's document is: what follows may rest on that fact, and has to wait with it
BEGIN
  IF coalesce(many > 500 OR inner_api.me() IS NULL, true) OR (many, many, many, many, many, many, many, many)
    IS DISTINCT FROM (cardinality(p_signed), cardinality(p_signatures), cardinality(p_contents), cardinality(p_boxes_adj),
      cardinality(p_boxes_own), cardinality(p_batches), cardinality(p_epochs), cardinality(p_metas)) THEN
    PERFORM inner_api.refuse();
  END IF;
  -- As in `api.seal`: waiting is only ever raised.
  IF current_setting('synchronous_commit') <> 'remote_apply' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  FOR place IN 1 .. many LOOP
    IF p_kinds[place] = 'pass' AND place > upto THEN
      SELECT coalesce(min(n) - 1, many) INTO upto FROM generate_series(place, many) AS n
        WHERE p_kinds[n] IS DISTINCT FROM 'pass';
      plain := CASE WHEN upto > place THEN inner_api.seal_plain(p_signed[place:upto], p_signatures[place:upto],
        p_contents[place:upto], p_boxes_adj[place:upto], p_boxes_own[place:upto]) ELSE '{}' END;
      FOR n IN 1 .. cardinality(plain) LOOP
        told[place - 1 + plain[n]] := 'stored';
      END LOOP;
    END IF;
    IF told[place] IS NULL THEN
      told[place] := CASE
        WHEN CASE p_kinds[place] WHEN 'pass' THEN waited AND inner_api.is_kept_locked(p_signed[place]) ELSE in_use END
        THEN 'busy'
        ELSE inner_api.send_one(p_kinds[place], p_signed[place], p_signatures[place], p_contents[place],
          p_boxes_adj[place], p_boxes_own[place], p_batches[place], p_epochs[place], p_metas[place]) END;
      waited := waited OR told[place] = 'busy' AND p_kinds[place] = 'pass';
      in_use := in_use OR told[place] = 'busy' AND p_kinds[place] <> 'pass';
    END IF;
  END LOOP;
  RETURN told;
END
$$;
