-- Projects, forms, batches, pages and documents: all of it ciphertext but ids and states.

CREATE OR REPLACE FUNCTION api.projects() RETURNS TABLE (id bytea, mode varchar, epoch int, name bytea,
  open_claims smallint, claims_ahead smallint, lease_hours smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.id, p.mode, p.epoch, p.name, p.open_claims, p.claims_ahead, p.lease_hours
  FROM core.project p WHERE inner_api.belongs(inner_api.me(), p.id)
$$;

CREATE OR REPLACE FUNCTION api.forms(p_project bytea) RETURNS TABLE (project bytea, hash bytea, epoch int, source bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT f.project, f.hash, f.epoch, f.source FROM core.form f
  WHERE f.project = p_project AND inner_api.belongs(inner_api.me(), p_project)
$$;

CREATE OR REPLACE FUNCTION api.batches(p_project bytea) RETURNS TABLE (id bytea, project bytea, epoch int, name bytea,
  due_us bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT b.id, b.project, b.epoch, b.name, b.due_us FROM core.batch b
  WHERE b.project = p_project AND inner_api.belongs(inner_api.me(), p_project)
$$;

CREATE OR REPLACE FUNCTION api.add_batch(p_id bytea, p_project bytea, p_epoch int, p_name bytea, p_due_us bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
BEGIN
  IF NOT coalesce(inner_api.takes_in(inner_api.me(), p_project) AND num_nulls(p_id, p_epoch, p_name) = 0, false) THEN
    PERFORM inner_api.refuse();
  END IF;
  INSERT INTO core.batch (id, project, epoch, name, due_us) VALUES (p_id, p_project, p_epoch, p_name, p_due_us);
END
$$;

-- Store one page ahead of its document; never one of a document that is there already.
CREATE OR REPLACE FUNCTION api.put_page(p_document bytea, p_number int, p_data bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  me bytea := inner_api.me();
BEGIN
  IF me IS NULL OR p_document IS NULL OR p_number IS NULL OR coalesce(length(p_data), 0) NOT BETWEEN 1 AND 134217728
    OR EXISTS (SELECT FROM core.document d WHERE d.id = p_document)
    OR NOT (inner_api.is_any(me, 'administrator')
      OR EXISTS (SELECT FROM core.member m WHERE m.person = me AND inner_api.takes_in(me, m.project))) THEN
    PERFORM inner_api.refuse();
  END IF;
  INSERT INTO core.page (document, number, data) VALUES (p_document, p_number, p_data);
END
$$;

CREATE OR REPLACE FUNCTION api.page(p_document bytea, p_number int) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.data FROM core.page p JOIN core.document d ON d.id = p.document
  WHERE p.document = p_document AND p.number = p_number AND inner_api.belongs(inner_api.me(), d.project)
$$;

CREATE OR REPLACE FUNCTION api.documents(p_project bytea, p_document bytea) RETURNS TABLE (id bytea, project bytea,
  batch bytea, stage varchar, first_by bytea, intake bytea, meta_epoch int, meta bytea, comparison bytea, record bytea,
  confirmation bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.id, d.project, d.batch, d.stage, d.first_by, d.intake, d.meta_epoch, d.meta, d.comparison, d.record,
    d.confirmation
  FROM core.document d
  WHERE d.project = p_project AND (p_document IS NULL OR d.id = p_document)
    AND inner_api.belongs(inner_api.me(), p_project)
  ORDER BY d.position
$$;
