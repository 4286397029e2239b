"""A copy of production in staging holds nobody's data: names, mails, messages and files are masked before any Odoo sees it."""

import re

import pytest

from odoo_client import OdooClient, OdooError
from reprise_client import ApiError

SECRET = "Frieda Geheim"
ADDRESS = "frieda@geheim.example"
FILE = b"the passport of Frieda Geheim" * 500
SQL = """
-- Everybody speaks English in staging;
UPDATE res_partner SET lang = 'en_US';
INSERT INTO ir_config_parameter (key, value) VALUES ('shop.staging', 'it''s; "staging"');
"""


@pytest.fixture(scope="module")
def staging(make_trio, small_zip):
    return make_trio("mask-staging", db_name="mask-db", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def production(api, shop):
    return api.adopt(shop, "masked production")


@pytest.fixture(scope="module")
def target(api, staging):
    return api.adopt(staging, "masked staging", environment_type="staging")


@pytest.fixture(scope="module")
def settings(api, production):
    path = f"/projects/{production['project_id']}/safe-copy"
    yield lambda **fields: api.call("PUT", "/api/v1" + path, json=fields)
    api.call("DELETE", "/api/v1" + path)


@pytest.fixture(scope="module")
def person(shop):
    """Somebody with a user, a message and a file; twice with the same address."""
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    partner = odoo.call("res.partner", "create", {"name": SECRET, "email": ADDRESS, "phone": "+49 30 123456", "street": "Gasse 1"})
    twin = odoo.call("res.partner", "create", {"name": SECRET, "email": f"Frieda <{ADDRESS.upper()}>"})
    user = odoo.call("res.users", "create", {"name": SECRET, "login": ADDRESS, "password": "frieda-1234", "email": ADDRESS})
    message = odoo.call("mail.message", "create", {"model": "res.partner", "res_id": partner, "body": f"Dear {SECRET}",
                                                   "subject": SECRET, "email_from": ADDRESS, "message_type": "comment"})
    file = odoo.create_attachment(f"{SECRET}.bin", FILE)
    OdooClient(shop.url, shop.db_name, ADDRESS, "frieda-1234")
    return {"partner": partner, "twin": twin, "user": user, "message": message, "file": file}


@pytest.fixture(scope="module")
def backup(api, production, person):
    return api.create_backup(production["id"], name="with people")


@pytest.fixture(scope="module")
def restored(api, settings, backup, target):
    settings(mask=["all"], extra_sql=SQL)
    return api.restore(backup["id"], "existing", target["id"])


def test_the_plan_says_so(api, settings, backup, target):
    settings(mask=["partners"], extra_sql=SQL)
    order = {"backup_id": backup["id"], "target": {"mode": "existing", "environment_id": target["id"]}}
    assert api.post("/backups/restore/plan", order)["safe_copy"] == {
        "neutralize": True, "reset_identity": True, "mask": ["partners"], "extra_sql": True}


def test_an_error_in_the_own_sql_leaves_the_target_untouched_and_names_the_statement(api, settings, backup, target, staging):
    oid = "select oid from pg_database where datname = current_database()"
    before = staging.sql(oid)
    settings(extra_sql="UPDATE res_partner SET lang = 'en_US'; UPDATE res_partner SET nothing_like_it = 1;")
    point = api.failed_restore(backup["id"], "existing", target["id"])
    assert (point["error_step"], point["outcome"]) == ("make_safe", "target_untouched")
    assert "statement 2" in point["error_message"] and "nothing_like_it" in point["error_message"]
    assert staging.sql(oid) == before
    assert not staging.sql("select rolname from pg_roles where rolname like 'reprise_r%'")


@pytest.mark.parametrize("sql", ["CREATE ROLE mallory SUPERUSER", "SELECT pg_sleep(30)"])
def test_the_own_sql_may_do_no_harm(api, settings, backup, target, sql):
    settings(extra_sql=sql, extra_sql_seconds=2)
    point = api.failed_restore(backup["id"], "existing", target["id"])
    assert (point["error_step"], point["outcome"]) == ("make_safe", "target_untouched"), point


@pytest.mark.parametrize("sql", ["\\! id", "COPY res_partner TO PROGRAM 'id'", "SELECT 'open"])
def test_what_is_no_sql_is_refused_when_it_is_set(settings, sql):
    with pytest.raises(ApiError) as refused:
        settings(extra_sql=sql)
    assert refused.value.status == 422


def test_never_an_original_nor_production(api, backup, production):
    for target in (("original",), ("existing", production["id"])):
        with pytest.raises(ApiError) as refused:
            api.start_restore(backup["id"], *target, mask=["all"])
        assert refused.value.status == 422


def test_nothing_of_the_person_is_in_the_copy(restored, staging, person):
    """Not in any text of any table: looked up as a whole."""
    found = staging.sql("""
        select relname || '.' || attname from pg_attribute join pg_class on pg_class.oid = attrelid
        where relkind = 'r' and relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped
        and atttypid in ('varchar'::regtype, 'text'::regtype, 'jsonb'::regtype)
        and (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from public.%I where %I::text ~* %L', relname, attname,
                                                        'frieda|geheim|30 ?123456'), false, true, '')))[1]::text <> '0'""")
    assert found == ""


def test_the_same_person_is_the_same_fake(restored, staging, person):
    emails = staging.sql(f"select distinct lower(email) from res_partner where id in ({person['partner']}, {person['twin']})")
    assert re.fullmatch(r"m[0-9a-f]{16}@masked\.invalid", emails)
    assert staging.sql(f"select login from res_users where id = {person['user']}") == emails
    assert staging.sql(f"select email_from from mail_message where id = {person['message']}") == emails
    names = staging.sql(f"select distinct name from res_partner where id in ({person['partner']}, {person['twin']})")
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+ [0-9A-F]{6}", names)


def test_the_administrator_gets_in_and_nobody_else(restored, staging, person):
    odoo = OdooClient.when_up(staging.url, staging.db_name)
    login = staging.sql(f"select login from res_users where id = {person['user']}")
    for name in (login, ADDRESS):
        with pytest.raises(OdooError):
            OdooClient(staging.url, staging.db_name, name, "frieda-1234")
    assert "masked" in odoo.call("mail.message", "read", [person["message"]], ["body"])[0]["body"]
    assert b"masked" in odoo.content(person["file"]) and b"Frieda" not in odoo.content(person["file"])
    assert odoo.check_attachments() > 0, "what belongs to the shop itself is there"


def test_the_file_is_not_in_the_copy_but_in_production(restored, shop, staging, person):
    path = shop.sql(f"select store_fname from ir_attachment where id = {person['file']}")
    there = [trio.odoo.exec("sh", "-c", f"test -e /var/lib/odoo/filestore/{trio.db_name}/{path} && echo there || echo gone").strip()
             for trio in (shop, staging)]
    assert there == ["there", "gone"]
    assert restored["proof"]["filestore"]["missing"] == 0 and restored["proof"]["filestore"]["orphans"] == 0


def test_production_is_as_it_was(restored, shop, person):
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    assert odoo.partners()[person["partner"]] == SECRET
    assert odoo.content(person["file"]) == FILE


def test_what_was_changed_is_told(restored):
    copy = restored["proof"]["safe_copy"]
    assert copy["masked"] == ["partners", "users", "messages", "attachments"]
    changes = {change["table"]: change for change in copy["changes"]}
    assert changes["res_partner"]["rows"] > 2 and "email" in changes["res_partner"]["columns"].split(", ")
    assert changes["res_users"]["rows"] >= 1 and changes["mail_message"]["rows"] >= 1
    assert changes["ir_attachment"]["rows"] >= 1 and copy["files_removed"] >= 1
    assert copy["extra_sql_rows"][1] == 1 and len(copy["extra_sql_rows"]) == 2


def test_the_own_sql_ran_last(restored, staging):
    assert staging.sql("select value from ir_config_parameter where key = 'shop.staging'") == 'it\'s; "staging"'
    assert staging.sql("select distinct lang from res_partner") == "en_US"


def test_the_loaders_role_is_gone_and_odoo_owns_it_all(restored, staging):
    assert not staging.sql("select rolname from pg_roles where rolname like 'reprise_r%'")
    assert staging.sql("select count(distinct tableowner) from pg_tables where schemaname = 'public'") == "1"


def test_the_page_of_the_copy_has_a_banner(restored, staging, shop):
    pages = [OdooClient.when_up(trio.url, trio.db_name).session.get(f"{trio.url}/web", timeout=60).text for trio in (staging, shop)]
    assert ["This is a neutralized database" in page for page in pages] == [True, False]
