-- Reading signed messages, so that what is decided rests on the bytes that were signed and on nothing that came
-- beside them. LP and MessagePack as in boapp/crypto/framing.py; signatures are checked by whoever reads.

-- The parts of LP(...), each a length (unsigned 32-bit, big-endian) and so many bytes; NULL when cut off.
CREATE OR REPLACE FUNCTION inner_api.parts(framed bytea) RETURNS bytea[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  found bytea[] := '{}';
  padded bytea := framed || '\x000000';  -- a length that is cut off reaches beyond the end, whatever it says
  at int := 0;
  size bigint;
BEGIN
  WHILE at < length(framed) LOOP
    -- Written out, since each call of another function would cost as much as all of this.
    size := get_byte(padded, at)::bigint << 24 | get_byte(padded, at + 1) << 16
      | get_byte(padded, at + 2) << 8 | get_byte(padded, at + 3);
    IF at + 4 + size > length(framed) OR cardinality(found) = 4096 THEN RETURN NULL; END IF;
    found := found || substring(framed FROM at + 5 FOR size::int);
    at := at + 4 + size;
  END LOOP;
  RETURN found;
END
$$;

-- An unsigned big-endian number of so many bytes, counted from 1.
CREATE OR REPLACE FUNCTION inner_api.number(data bytea, at int, size int) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  found bigint := 0;
BEGIN
  FOR place IN at .. at + size - 1 LOOP
    found := (found << 8) | get_byte(data, place - 1);
  END LOOP;
  RETURN found;
END
$$;

-- LP of some parts.
CREATE OR REPLACE FUNCTION inner_api.join_parts(VARIADIC given bytea[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(int4send(length(part)) || part, ''::bytea ORDER BY place)
  FROM unnest(given) WITH ORDINALITY AS t (part, place)
$$;

-- A MessagePack value as JSON, bytes as hexadecimal text, and where the next one begins. Only what boapp writes:
-- nil, booleans, whole numbers, text, bytes, arrays and maps.
CREATE OR REPLACE FUNCTION inner_api.unpack_at(data bytea, at int, depth int, OUT value jsonb, OUT after int)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  head int := get_byte(data, at - 1);
  size bigint;
  items jsonb[] := '{}';
  keys text[] := '{}';
  item record;
BEGIN
  after := at + 1;
  IF depth > 16 THEN
    RAISE EXCEPTION 'nested too deep' USING ERRCODE = '22023';
  ELSIF head < 128 THEN value := to_jsonb(head);
  ELSIF head >= 224 THEN value := to_jsonb(head - 256);
  ELSIF head = 192 THEN value := 'null'::jsonb;
  ELSIF head = 194 THEN value := 'false'::jsonb;
  ELSIF head = 195 THEN value := 'true'::jsonb;
  ELSIF head BETWEEN 204 AND 207 THEN
    size := 1 << (head - 204);
    value := to_jsonb(inner_api.number(data, after, size::int));
    after := after + size::int;
  ELSIF head BETWEEN 160 AND 191 OR head BETWEEN 217 AND 219 OR head BETWEEN 196 AND 198 THEN
    IF head < 192 THEN
      size := head - 160;
    ELSE
      size := 1 << (head - CASE WHEN head > 216 THEN 217 ELSE 196 END);
      after := after + size::int;
      size := inner_api.number(data, after - size::int, size::int);
    END IF;
    IF after + size - 1 > length(data) THEN
      RAISE EXCEPTION 'cut off' USING ERRCODE = '22023';
    END IF;
    value := to_jsonb(CASE WHEN head BETWEEN 196 AND 198
      THEN encode(substring(data FROM after FOR size::int), 'hex')
      ELSE convert_from(substring(data FROM after FOR size::int), 'UTF8') END);
    after := after + size::int;
  ELSIF head BETWEEN 144 AND 159 OR head IN (220, 221) THEN
    IF head < 160 THEN
      size := head - 144;
    ELSE
      after := after + 2 * (head - 219);
      size := inner_api.number(data, after - 2 * (head - 219), 2 * (head - 219));
    END IF;
    FOR place IN 1 .. size LOOP
      SELECT * INTO item FROM inner_api.unpack_at(data, after, depth + 1);
      items := items || item.value;
      after := item.after;
    END LOOP;
    value := to_jsonb(items);
  ELSIF head BETWEEN 128 AND 143 OR head IN (222, 223) THEN
    IF head < 144 THEN
      size := head - 128;
    ELSE
      after := after + 2 * (head - 221);
      size := inner_api.number(data, after - 2 * (head - 221), 2 * (head - 221));
    END IF;
    FOR place IN 1 .. size LOOP
      SELECT * INTO item FROM inner_api.unpack_at(data, after, depth + 1);
      keys := keys || (item.value #>> '{}');
      SELECT * INTO item FROM inner_api.unpack_at(data, item.after, depth + 1);
      items := items || item.value;
      after := item.after;
    END LOOP;
    SELECT coalesce(jsonb_object_agg(k, v), '{}') INTO value FROM unnest(keys, items) AS t (k, v);
  ELSE
    RAISE EXCEPTION 'of no kind that boapp writes' USING ERRCODE = '22023';
  END IF;
END
$$;

-- One whole MessagePack value; NULL when it is malformed, too large or followed by something.
CREATE OR REPLACE FUNCTION inner_api.unpack(data bytea) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  item record;
BEGIN
  IF length(data) NOT BETWEEN 1 AND 1048576 THEN RETURN NULL; END IF;
  SELECT * INTO item FROM inner_api.unpack_at(data, 1, 0);
  RETURN CASE WHEN item.after = length(data) + 1 THEN item.value END;
EXCEPTION WHEN data_exception OR array_subscript_error THEN
  RETURN NULL;
END
$$;

-- How many passes a signed intake asks for: its seventh part is what it says in clear.
CREATE OR REPLACE FUNCTION inner_api.asks_for(statement bytea) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_array_length(inner_api.unpack((inner_api.parts(statement))[7]) -> 'verify') > 0
    THEN 2 ELSE 1 END::smallint
$$;

-- How many passes an intake that is stored asks for: for documents that do not say so themselves.
CREATE OR REPLACE FUNCTION inner_api.asked_by(p_intake bytea) RETURNS smallint LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT inner_api.asks_for(f.statement) FROM core.fact f WHERE f.id = p_intake);
END
$$;

-- Let documents that do not say so say how many passes they are to have: those of an earlier version, or of a file. To
-- read an intake at each seal costs more than all else of it.
CREATE OR REPLACE FUNCTION inner_api.read_asked() RETURNS void LANGUAGE sql AS $$
  UPDATE core.document d SET passes = inner_api.asks_for(f.statement) FROM core.fact f
  WHERE f.id = d.intake AND d.passes IS NULL
$$;
SELECT inner_api.read_asked();

-- Let the queue have every document that waits for a keying and that nobody holds, and no other: those of an earlier version,
-- or of a file, and whatever somebody did past the functions.
CREATE OR REPLACE FUNCTION inner_api.queue_all() RETURNS void LANGUAGE sql AS $$
  DELETE FROM core.waiting w WHERE EXISTS (SELECT FROM core.claim c WHERE c.document = w.document)
    OR NOT EXISTS (SELECT FROM core.document d WHERE d.id = w.document
      AND d.stage = CASE w.pass_no WHEN 1 THEN 'first' ELSE 'second' END AND d.first_by IS NOT DISTINCT FROM w.first_by);
  INSERT INTO core.waiting (document, project, pass_no, first_by, priority, position)
  SELECT d.id, d.project, CASE d.stage WHEN 'first' THEN 1 ELSE 2 END, d.first_by, d.priority, d.position
  FROM core.document d
  WHERE d.stage IN ('first', 'second') AND NOT EXISTS (SELECT FROM core.claim c WHERE c.document = d.id)
  ON CONFLICT DO NOTHING
$$;
SELECT inner_api.queue_all();

-- Whether bytes are the boxes of a pass: MessagePack of three byte strings of less than 256 bytes each.
CREATE OR REPLACE FUNCTION inner_api.are_boxes(given bytea) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  at int := 1;
BEGIN
  IF length(given) < 7 OR get_byte(given, 0) <> 147 THEN RETURN false; END IF;
  FOR place IN 1 .. 3 LOOP
    IF at + 1 >= length(given) OR get_byte(given, at) <> 196 THEN RETURN false; END IF;
    at := at + 2 + get_byte(given, at + 1);
  END LOOP;
  RETURN at = length(given);
END
$$;

-- The fence in a manifest; NULL where it has not the parts that one must have, each of its size: what is in them is for its
-- readers. The first four have fixed sizes, and so have the parts of the first, a pass's context: in every manifest the
-- project begins at byte 44, the document at 64, the pass at 84, its author at 104, her key at 124.
CREATE OR REPLACE FUNCTION inner_api.fence_of(manifest bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  padded bytea := manifest || '\x000000';  -- a length that is cut off reaches beyond the end, whatever it says
  at int := 336;  -- where the fifth part begins
  fence bytea;
BEGIN
  IF length(manifest) > 4096 OR substring(manifest FOR 4) <> '\x000000df'
    OR substring(manifest FROM 40 FOR 4) <> '\x00000010' OR substring(manifest FROM 60 FOR 4) <> '\x00000010'
    OR substring(manifest FROM 80 FOR 4) <> '\x00000010' OR substring(manifest FROM 100 FOR 4) <> '\x00000010'
    OR substring(manifest FROM 228 FOR 4) <> '\x00000020' OR substring(manifest FROM 264 FOR 4) <> '\x00000020'
    OR substring(manifest FROM 300 FOR 4) <> '\x00000020' THEN
    RETURN NULL;
  END IF;
  -- Of any size are the share's digest, three words, the head that was seen, the time, and what a signature means.
  FOR part IN 1 .. 7 LOOP
    IF part = 5 THEN  -- before the head stand the fence, the chain, the place in it, and what is before that
      IF substring(manifest FROM at FOR 4) <> '\x00000010' OR substring(manifest FROM at + 20 FOR 4) <> '\x00000010'
        OR substring(manifest FROM at + 40 FOR 4) <> '\x00000008'
        OR substring(manifest FROM at + 52 FOR 4) <> '\x00000020' THEN
        RETURN NULL;
      END IF;
      fence := substring(manifest FROM at + 4 FOR 16);
      at := at + 88;
    END IF;
    IF at > length(manifest) THEN RETURN NULL; END IF;
    -- Written out, since each call of another function would cost as much as all of this.
    at := at + 4 + least(get_byte(padded, at - 1)::bigint << 24 | get_byte(padded, at) << 16
      | get_byte(padded, at + 1) << 8 | get_byte(padded, at + 2), 4096)::int;
  END LOOP;
  RETURN CASE WHEN at = length(manifest) + 1 THEN fence END;
END
$$;

-- Whether a transaction sees what others commit while it runs: rules that look again after a lock rest on that.
CREATE OR REPLACE FUNCTION inner_api.sees_news() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT current_setting('transaction_isolation') = 'read committed'
$$;
