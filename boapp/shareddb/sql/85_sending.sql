-- Many signed messages of one author at once.

-- Store one message; what refuses it is told as a word, so that it keeps no other back.
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
END
$$;

-- Store messages in this order, each as the function of its kind would: what became of each, or `refused`, or `not kept`
-- where the tables themselves refuse it. The boxes of a pass stand where a fact has its first, its share where a fact has
-- its second.
CREATE OR REPLACE FUNCTION api.send(p_kinds text[], p_signed bytea[], p_signatures bytea[], p_contents bytea[],
  p_boxes bytea[], p_others bytea[], p_batches bytea[], p_epochs int[], p_metas bytea[]) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  many int := cardinality(p_kinds);
  told text[] := '{}';
BEGIN
  IF coalesce(many > 500 OR inner_api.me() IS NULL, true) OR (many, many, many, many, many, many, many, many)
    IS DISTINCT FROM (cardinality(p_signed), cardinality(p_signatures), cardinality(p_contents), cardinality(p_boxes),
      cardinality(p_others), cardinality(p_batches), cardinality(p_epochs), cardinality(p_metas)) THEN
    PERFORM inner_api.refuse();
  END IF;
  FOR place IN 1 .. many LOOP
    told[place] := inner_api.send_one(p_kinds[place], p_signed[place], p_signatures[place], p_contents[place],
      p_boxes[place], p_others[place], p_batches[place], p_epochs[place], p_metas[place]);
  END LOOP;
  RETURN told;
END
$$;
