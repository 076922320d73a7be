-- What PostgreSQL keeps beside the rows that came from a file: copied from the signed list and from the claims, as
-- `inner_api.append` and `api.claim` would have written it. Run once as boapp_api, when the rows are there.
INSERT INTO core.appended (seq, role_name) SELECT r.seq, session_user FROM core.roster r;

INSERT INTO core.person (person, roles)
  SELECT decode(what ->> 'person', 'hex'), inner_api.words(what -> 'roles')
  FROM (SELECT inner_api.unpack(r.data) -> 'what' AS what FROM core.roster r) AS entries WHERE what ->> 'op' = 'add';

UPDATE core.person p SET roles = ''
  FROM (SELECT inner_api.unpack(r.data) -> 'what' AS what FROM core.roster r) AS entries
  WHERE what ->> 'op' = 'remove' AND p.person = decode(what ->> 'person', 'hex');

SELECT inner_api.read_asked();

SELECT inner_api.queue_all();
