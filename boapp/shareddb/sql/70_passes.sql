-- Claims, seals, and the one door to a first pass.
--
-- No lock is ever waited for in a claim: what somebody else holds is passed over, so nobody's open transaction keeps
-- others from working. A claim comes before anything else that its transaction writes: who could claim, hand back and claim
-- again in one that stays open would hide the whole queue. A seal waits for its own document alone, and not for long.

-- How many more open claims a project allows a person; leases that ran out are none. Several sessions of hers at the same
-- moment may each be granted so many: nobody waits here for a count.
CREATE OR REPLACE FUNCTION inner_api.room(who bytea, where_ bytea, now_us bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT p.open_claims - (SELECT count(*) FROM core.claim c JOIN core.document d ON d.id = c.document
    WHERE c.person = who AND c.expires_us >= now_us AND d.project = where_)
  FROM core.project p WHERE p.id = where_
$$;

-- What a claim gets: the document that waits, or one whose lease ran out if that stands before it and this person may
-- have it. Such a claim alone is locked, and its document is held by whoever had it until somebody is granted it.
CREATE OR REPLACE FUNCTION inner_api.sooner(waits bytea, me bytea, p_project bytea, number smallint, now_us bigint)
RETURNS bytea LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  late bytea;
BEGIN
  SELECT d.id INTO late FROM core.claim c JOIN core.document d ON d.id = c.document
  WHERE c.expires_us < now_us AND c.pass_no = number AND c.person <> me AND d.project = p_project
    AND d.stage = CASE WHEN number = 1 THEN 'first' ELSE 'second' END AND d.first_by IS DISTINCT FROM me
    AND NOT EXISTS (SELECT FROM core.waiting w
      WHERE w.document = waits AND (w.priority, w.position) < (d.priority, d.position))
  ORDER BY d.priority, d.position LIMIT 1 FOR UPDATE OF c SKIP LOCKED;
  RETURN coalesce(late, waits);
END
$$;

-- Of other people, the one whose first keyed document comes first among those that wait for their second keying: by
-- jumps along the index, so that one's own documents are never walked over. NULL when there is none.
CREATE OR REPLACE FUNCTION inner_api.first_keyer(me bytea, p_project bytea) RETURNS bytea
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  keyer bytea := '';
  found_at int[];
  best bytea;
  best_at int[];
BEGIN
  LOOP
    SELECT w.first_by, ARRAY[w.priority, w.position] INTO keyer, found_at FROM core.waiting w
    WHERE w.project = p_project AND w.pass_no > 1 AND w.first_by > keyer
    ORDER BY w.first_by, w.priority, w.position LIMIT 1;
    EXIT WHEN NOT FOUND;
    IF keyer <> me AND (best_at IS NULL OR found_at < best_at) THEN
      best := keyer;
      best_at := found_at;
    END IF;
  END LOOP;
  RETURN best;
END
$$;

-- The next document that waits for its second keying and that nobody holds, locked; rows that somebody locks at this
-- moment are passed over.
CREATE OR REPLACE FUNCTION inner_api.waiting_second(me bytea, p_project bytea) RETURNS bytea
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_id bytea;
  keyer bytea := inner_api.first_keyer(me, p_project);
BEGIN
  SELECT w.document INTO found_id FROM core.waiting w
  WHERE w.project = p_project AND w.pass_no > 1 AND w.first_by = keyer
  ORDER BY w.priority, w.position LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND AND keyer IS NOT NULL THEN  -- all of that keyer's are being granted: any other will do
    SELECT w.document INTO found_id FROM core.waiting w
    WHERE w.project = p_project AND w.pass_no > 1 AND w.first_by <> me
    LIMIT 1 FOR UPDATE SKIP LOCKED;
  END IF;
  RETURN found_id;
END
$$;

-- The named document, if it waits or if its lease ran out and this person may have it; its row in the queue, or the claim
-- that ran out, is locked. NULL where somebody locks that at this moment.
CREATE OR REPLACE FUNCTION inner_api.named(me bytea, p_project bytea, p_document bytea, number smallint, now_us bigint)
RETURNS bytea LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_id bytea;
BEGIN
  SELECT w.document INTO found_id FROM core.waiting w
  WHERE w.document = p_document AND w.project = p_project AND w.pass_no = number AND w.first_by IS DISTINCT FROM me
  FOR UPDATE SKIP LOCKED;
  IF found_id IS NULL THEN
    SELECT c.document INTO found_id FROM core.claim c JOIN core.document d ON d.id = c.document
    WHERE c.document = p_document AND c.pass_no = number AND c.expires_us < now_us AND c.person <> me
      AND d.project = p_project AND d.stage = CASE WHEN number = 1 THEN 'first' ELSE 'second' END
      AND d.first_by IS DISTINCT FROM me
    FOR UPDATE OF c SKIP LOCKED;
  END IF;
  RETURN found_id;
END
$$;

-- Grant the next document, or the named one, to whoever may key it and does not hold too many. No row: there is none.
--
-- What every claim asks stands here, in few statements; what only some ask, in functions. That a lease ran out is
-- seldom. Everything is looked up by a key: the planner, which knows little of a table that is written all the time,
-- would else read all claims and all members.
CREATE OR REPLACE FUNCTION api.claim(p_project bytea, p_second boolean, p_document bytea)
RETURNS TABLE (document bytea, pass_no smallint, fence bytea, expires_us bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' SET enable_seqscan = off
AS $$
DECLARE
  now_us bigint := inner_api.now_us();
  number smallint := CASE WHEN p_second THEN 2 ELSE 1 END;
  me bytea;
  some_ended boolean;  -- the lease of somebody's claim ran out, here or elsewhere
  many boolean;  -- she holds so many, here or elsewhere, that it must be counted
  lasts_hours int;
  wanted bytea;
BEGIN
  SELECT m.person, EXISTS (SELECT FROM core.claim c WHERE c.expires_us < now_us),
    EXISTS (SELECT FROM core.claim c WHERE c.person = m.person OFFSET p.open_claims - 1), p.lease_hours
  INTO me, some_ended, many, lasts_hours
  FROM core.member m JOIN core.project p ON p.id = m.project
  WHERE m.project = p_project
    AND m.person = (SELECT l.person FROM core.login l WHERE l.role_name = session_user AND NOT l.blocked)
    AND string_to_array(m.roles, ' ') && CASE WHEN p_second THEN ARRAY['second-keyer']
      ELSE ARRAY['operator', 'second-keyer'] END
    AND NOT string_to_array(m.roles, ' ') && ARRAY['adjudicator', 'supervisor'];
  IF me IS NULL OR p_second IS NULL OR NOT inner_api.sees_news() OR pg_current_xact_id_if_assigned() IS NOT NULL
    OR many AND inner_api.room(me, p_project, now_us) <= 0 THEN
    PERFORM inner_api.refuse();
  END IF;
  IF p_document IS NOT NULL THEN
    wanted := inner_api.named(me, p_project, p_document, number, now_us);
  ELSIF p_second THEN
    wanted := inner_api.waiting_second(me, p_project);
  ELSE
    SELECT w.document INTO wanted FROM core.waiting w WHERE w.project = p_project AND w.pass_no = 1
    ORDER BY w.priority, w.position LIMIT 1 FOR UPDATE SKIP LOCKED;
  END IF;
  IF some_ended THEN
    IF p_document IS NULL THEN
      wanted := inner_api.sooner(wanted, me, p_project, number, now_us);
    END IF;
    DELETE FROM core.claim c WHERE c.document = wanted AND c.pass_no = number AND c.expires_us < now_us;
  END IF;
  IF wanted IS NULL THEN RETURN; END IF;
  DELETE FROM core.waiting w WHERE w.document = wanted;
  RETURN QUERY INSERT INTO core.claim AS c (document, pass_no, person, fence, expires_us, granted_us)
    VALUES (wanted, number, me, uuid_send(gen_random_uuid()), inner_api.lease_end(now_us, lasts_hours, NULL), now_us)
    ON CONFLICT DO NOTHING
    RETURNING c.document, c.pass_no, c.fence, c.expires_us;
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

-- Every open claim of a project, leases that ran out among them, to its supervisors, who alone take claims back: who holds
-- what, since and until when; no value, and nothing of a pass.
CREATE OR REPLACE FUNCTION api.open_claims(p_project bytea)
RETURNS TABLE (document bytea, pass_no smallint, person bytea, fence bytea, granted_us bigint, expires_us bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.document, c.pass_no, c.person, c.fence, c.granted_us, c.expires_us
  FROM core.claim c JOIN core.document d ON d.id = c.document
  WHERE d.project = p_project AND inner_api.works_as(inner_api.me(), p_project, 'supervisor')
  ORDER BY d.position, c.pass_no
$$;

-- End somebody's claims, as an administrator does who takes a role from her; a supervisor takes claims back, signed and
-- with a reason.
CREATE OR REPLACE FUNCTION api.drop_claims(p_project bytea, p_person bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
BEGIN
  IF NOT coalesce(inner_api.is_any(inner_api.me(), 'administrator'), false) THEN
    PERFORM inner_api.refuse();
  END IF;
  PERFORM inner_api.let_go(p_person, inner_api.fences_of(p_project, p_person));
END
$$;

-- The digest of a share as a manifest has it: with its length, or the length alone where there is no share.
CREATE OR REPLACE FUNCTION inner_api.digest_of(share bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce('\x00000020' || sha256(share), '\x00000000')
$$;

-- What somebody else stored meanwhile as surplus under the id of a pass.
CREATE OR REPLACE FUNCTION inner_api.known_surplus(id_ bytea) RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT manifest FROM core.surplus_pass WHERE id = id_
$$;

-- Store a sealed pass in the slot that its claim grants, or as surplus: stored, already, conflict or surplus.
--
-- One's own claim is locked first, then it is looked up what is known, by the tables' own keys: of many who send the same at
-- once, one stores it and the rest see that. Nobody without a claim on a document locks anything of it.
CREATE OR REPLACE FUNCTION api.seal(p_manifest bytea, p_signature bytea, p_blob bytea, p_boxes bytea, p_k1 bytea)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  signed_fence bytea := inner_api.fence_of(p_manifest);
  of_project bytea := substring(p_manifest FROM 44 FOR 16);
  of_document bytea := substring(p_manifest FROM 64 FOR 16);
  id_ bytea := substring(p_manifest FROM 84 FOR 16);
  author bytea := substring(p_manifest FROM 104 FOR 16);
  granted smallint;
  wanted smallint;
  known bytea;
  target bytea;
BEGIN
  IF signed_fence IS NOT NULL AND inner_api.are_boxes(p_boxes) AND length(p_signature) = 64
    AND length(p_blob) <= 1049600 AND inner_api.sees_news() THEN
    -- Waiting is only ever raised: `remote_apply` waits for all that `on` does, and more; whatever else there is, for less.
    IF current_setting('synchronous_commit') <> 'remote_apply' THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    SELECT c.pass_no, coalesce(d.passes, inner_api.asked_by(d.intake)) INTO granted, wanted
    FROM core.claim c JOIN core.document d ON d.id = c.document JOIN core.project p ON p.id = d.project
      JOIN core.member m ON m.project = p.id AND m.person = c.person JOIN core.login l ON l.person = c.person
    WHERE c.document = of_document AND c.fence = signed_fence AND c.person = author AND d.project = of_project
      AND l.role_name = session_user AND NOT l.blocked
      AND string_to_array(m.roles, ' ') && ARRAY['operator', 'second-keyer']
      AND (p_k1 IS NULL OR p.mode = 'release')
      AND substring(p_manifest FROM 336 FOR 4 + coalesce(length(p_k1), 0)) = inner_api.digest_of(p_k1)
    FOR UPDATE OF c;
    IF granted IS NOT NULL THEN
      INSERT INTO core.sealed_pass (id, document, slot, person, manifest, signature, blob, boxes, stored_us, xact)
        SELECT id_, of_document, granted, author, p_manifest, p_signature, p_blob, p_boxes, inner_api.now_us(),
          pg_current_xact_id()
        WHERE NOT EXISTS (SELECT FROM core.surplus_pass l WHERE l.id = id_)
          AND NOT EXISTS (SELECT FROM core.retired_key r WHERE r.key_id = substring(p_manifest FROM 124 FOR 16))
        ON CONFLICT DO NOTHING;
      IF FOUND THEN
        IF p_k1 IS NOT NULL THEN
          INSERT INTO core.pass_share (sealed_pass, k1) VALUES (id_, p_k1);
        END IF;
        WITH ended AS (DELETE FROM core.claim c WHERE c.document = of_document AND c.pass_no = granted),
        moved AS (
          UPDATE core.document d SET stage = CASE WHEN granted = 1 AND wanted = 2 THEN 'second' ELSE 'comparing' END,
            first_by = CASE WHEN granted = 1 THEN author ELSE d.first_by END
          WHERE d.id = of_document RETURNING d.project, d.stage, d.priority, d.position
        )
        INSERT INTO core.waiting (document, project, pass_no, first_by, priority, position)
          SELECT of_document, m.project, 2, author, m.priority, m.position FROM moved m WHERE m.stage = 'second'
          ON CONFLICT ON CONSTRAINT waiting_pkey DO UPDATE SET pass_no = excluded.pass_no, first_by = excluded.first_by;
        RETURN 'stored';
      END IF;
    END IF;
    SELECT d.id, coalesce((SELECT s.manifest FROM core.sealed_pass s WHERE s.id = id_),
      (SELECT l.manifest FROM core.surplus_pass l WHERE l.id = id_))
    INTO target, known
    FROM core.login l JOIN core.member m ON m.person = l.person JOIN core.document d ON d.project = m.project
    WHERE l.role_name = session_user AND NOT l.blocked AND l.person = author AND m.project = of_project
      AND string_to_array(m.roles, ' ') && ARRAY['operator', 'second-keyer'] AND d.id = of_document;
  END IF;
  IF target IS NULL THEN
    PERFORM inner_api.refuse();
  ELSIF known IS NOT NULL THEN
    RETURN CASE WHEN known = p_manifest THEN 'already' ELSE 'conflict' END;
  END IF;
  INSERT INTO core.surplus_pass (id, document, person, manifest, signature, blob, boxes, stored_us)
    VALUES (id_, target, author, p_manifest, p_signature, p_blob, p_boxes, inner_api.now_us())
    ON CONFLICT (id) DO NOTHING;
  RETURN CASE WHEN FOUND THEN 'surplus' WHEN inner_api.known_surplus(id_) = p_manifest THEN 'already'
    ELSE 'conflict' END;
END
$$;

-- Whether what was written so far is on the disk. A commit need not wait for it if its author says so, and what would
-- be lost with the next power cut must not have shown anything. What this transaction wrote itself, as when reading tidies
-- a page, nobody else brings to the disk before it ends: from PostgreSQL 17 on that is done here. Before, the server's
-- own writer does so once a transaction ended; a client that is refused ends one and asks again.
CREATE OR REPLACE FUNCTION inner_api.is_durable() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  upto pg_lsn := pg_current_wal_insert_lsn();
BEGIN
  IF pg_current_wal_flush_lsn() < upto AND current_setting('server_version_num')::int >= 170000 THEN
    EXECUTE 'SELECT pg_logical_emit_message(false, ''boapp'', '''', true)';
  END IF;
  FOR waited IN 1 .. 200 LOOP
    IF pg_current_wal_flush_lsn() >= upto THEN RETURN true; END IF;
    PERFORM pg_sleep(0.01);
  END LOOP;
  RETURN false;
END
$$;

-- Whether a person sealed the second pass of a document, in another transaction than this one: what is seen of another
-- is committed. A pass that came some other way than by its seal was committed long ago.
CREATE OR REPLACE FUNCTION inner_api.sealed_second(who bytea, target bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM core.sealed_pass s
    WHERE s.document = target AND s.person = who AND s.slot > 1
      AND (s.xact IS NULL OR s.xact IS DISTINCT FROM pg_current_xact_id_if_assigned()))
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
DECLARE
  may boolean := inner_api.sealed_second(inner_api.me(), p_document);
BEGIN
  may := may AND inner_api.is_durable();
  RETURN QUERY SELECT s.id, s.document, s.slot, s.person, s.manifest, s.signature, s.blob, s.boxes, h.k1
    FROM core.sealed_pass s JOIN core.pass_share h ON h.sealed_pass = s.id
    JOIN core.document d ON d.id = s.document JOIN core.project p ON p.id = d.project
    WHERE s.document = p_document AND s.slot = 1 AND p.mode = 'release'
      AND may;
  IF NOT FOUND THEN
    PERFORM inner_api.refuse();
  END IF;
END
$$;
