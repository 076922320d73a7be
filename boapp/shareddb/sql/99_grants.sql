-- What people may call: every function of `api`, nothing of `inner_api`, nothing else. Run last.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA api, inner_api FROM PUBLIC, boapp_member;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA api TO boapp_member;
