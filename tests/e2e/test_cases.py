"""Dumps of a real Odoo database that trip other restores (docs/odoo-cases.md): each is restored, and Odoo serves it."""

import pytest

from lab import docker
from odoo_client import OdooClient, check_serves

# More than one transaction can lock (some 6,400): each has an index, a sequence, a TOAST table and its index, and a comment.
MANY_TABLES = """DO $$ BEGIN FOR i IN 1..2500 LOOP
    EXECUTE format('CREATE TABLE public.x_many_%s (id serial PRIMARY KEY, name text)', i);
    EXECUTE format('COMMENT ON TABLE public.x_many_%s IS %L', i, 'it''s ' || i);
    IF i % 250 = 0 THEN COMMIT; END IF;
END LOOP; END $$"""

# Each kind that PostgreSQL knows: plain ones, one that is not valid and has a row without a partner.
KEYS = """
CREATE TABLE x_plain (id int PRIMARY KEY, country_id int CONSTRAINT "x ""plain"" key" REFERENCES res_country ON DELETE SET NULL);
COMMENT ON CONSTRAINT "x ""plain"" key" ON x_plain IS 'FOREIGN KEY NOT VALID;';
CREATE TABLE x_deferred (country_id int CONSTRAINT x_deferred_key REFERENCES res_country DEFERRABLE INITIALLY DEFERRED, self int, id int UNIQUE);
ALTER TABLE x_deferred ADD CONSTRAINT x_self_key FOREIGN KEY (self) REFERENCES x_deferred (id);
CREATE TABLE x_loose (country_id int);
INSERT INTO x_loose VALUES (999999);
ALTER TABLE x_loose ADD CONSTRAINT x_loose_key FOREIGN KEY (country_id) REFERENCES res_country NOT VALID;
COMMENT ON CONSTRAINT x_loose_key ON x_loose IS 'not looked at';
"""
# Of a partitioned table, and of a plain one to it with rows in two of its parts.
PARTED = """
CREATE TABLE x_parted (id int PRIMARY KEY, country_id int REFERENCES res_country) PARTITION BY RANGE (id);
CREATE TABLE x_parted_1 PARTITION OF x_parted FOR VALUES FROM (1) TO (10);
CREATE TABLE x_parted_2 PARTITION OF x_parted FOR VALUES FROM (10) TO (20);
INSERT INTO x_parted SELECT 1, min(id) FROM res_country;
INSERT INTO x_parted SELECT 12, min(id) FROM res_country;
CREATE TABLE x_to_parted (parted_id int REFERENCES x_parted);
INSERT INTO x_to_parted VALUES (1), (12);
"""
ALL_KEYS = """SELECT conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated, obj_description(oid, 'pg_constraint')
FROM pg_constraint WHERE contype = 'f' ORDER BY conrelid::regclass::text, 2"""


@pytest.fixture(scope="module")
def shop(make_trio, small_zip):
    return make_trio("cases", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def environment(api, shop):
    OdooClient.when_up(shop.url, shop.db_name).create_partner("Of the shop")
    return api.adopt(shop, "cases shop", environment_type="staging")


@pytest.fixture
def source(shop):
    """A copy of the shop's database beside it, to be spoiled; gone afterwards."""
    name = "spoiled"
    docker("stop", shop.odoo.name)
    try:
        shop.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'prod-main'", "postgres")
        shop.sql(f'CREATE DATABASE {name} TEMPLATE "{shop.db_name}"', "postgres")
    finally:
        docker("start", shop.odoo.name)
    yield name
    shop.sql(f"DROP DATABASE {name} WITH (FORCE)", "postgres")


def dump(shop, source, path, *options):
    """What pg_dump of the server's own version writes."""
    shop.db.exec("pg_dump", *options, "-f", "/tmp/dump", source, user="postgres")
    docker("cp", f"{shop.db.name}:/tmp/dump", path)  # by exec's output a slow reader may lose the end
    shop.db.exec("rm", "/tmp/dump")
    return path


def restore(api, environment, path, name):
    backup = api.import_backup(path, name)
    point = api.restore(backup["id"], "existing", environment["id"], create_pre_restore_backup=False, include_filestore=False,
                        neutralize=False, seconds=600)
    assert point["outcome"] == "swapped"
    return backup, point


@pytest.mark.parametrize("options", [("-Fc",), ("-Fp",)], ids=["custom", "plain"])
def test_an_index_over_unaccent_loads(options, api, shop, environment, source, tmp_path):
    """The dump says CREATE EXTENSION alone: that its function was made immutable is in no dump."""
    shop.sql("CREATE EXTENSION unaccent; ALTER FUNCTION unaccent(text) IMMUTABLE; CREATE INDEX x_name ON res_partner (unaccent(name))", source)
    _, point = restore(api, environment, dump(shop, source, tmp_path / "unaccent.dump", *options), f"unaccent {options[0]}")
    assert shop.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'x_name'::regclass") == "t"
    check_serves(shop.url, shop.db_name)
    api.undo(point["id"])


@pytest.mark.parametrize("options", [("-Fc",), ("-Fp",)], ids=["custom", "plain"])
def test_foreign_roles_and_comments_on_extensions_do_not_matter(options, api, shop, environment, source, tmp_path):
    shop.sql("CREATE ROLE somebody", "postgres")
    try:
        shop.sql("ALTER TABLE res_country OWNER TO somebody; GRANT SELECT ON res_partner TO somebody;"
                 "COMMENT ON EXTENSION plpgsql IS 'as it comes'; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO somebody", source)
        path = dump(shop, source, tmp_path / "roles.dump", *options)
    finally:
        shop.sql("REASSIGN OWNED BY somebody TO odoo; DROP OWNED BY somebody", source)
        shop.sql("DROP ROLE somebody", "postgres")
    _, point = restore(api, environment, path, f"roles {options[0]}")
    assert shop.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == "odoo"
    check_serves(shop.url, shop.db_name)
    api.undo(point["id"])


def test_more_tables_than_one_transaction_could_lock(api, shop, environment, source, tmp_path):
    assert int(shop.sql("SELECT current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int")) <= 6400
    shop.sql(MANY_TABLES, source)
    _, point = restore(api, environment, dump(shop, source, tmp_path / "many.dump", "-Fc"), "many tables")
    assert shop.sql("SELECT count(*), count(*) FILTER (WHERE tableowner = 'odoo') FROM pg_tables WHERE tablename LIKE 'x_many%'") == "2500|2500"
    assert shop.sql("SELECT count(*) FROM pg_class WHERE obj_description(oid) = 'it''s ' || substr(relname, 8)") == "2500"
    check_serves(shop.url, shop.db_name)
    api.undo(point["id"])


@pytest.mark.parametrize("more", ["", PARTED], ids=["plain", "partitioned"])
def test_foreign_keys_come_back_as_they_were(more, api, shop, environment, source, tmp_path):
    shop.sql(KEYS + more, source)
    before = shop.sql(ALL_KEYS, source)
    assert before.count("NOT VALID|f|not looked at") == 1 and len(before.splitlines()) > 100
    _, point = restore(api, environment, dump(shop, source, tmp_path / "keys.dump", "-Fc"), f"keys {len(more)}")
    assert shop.sql(ALL_KEYS) == before
    check_serves(shop.url, shop.db_name)
    api.undo(point["id"])


def test_a_row_that_breaks_a_foreign_key_is_named_and_nothing_changes(api, shop, environment, source, tmp_path):
    shop.sql("SET session_replication_role = replica; UPDATE res_partner SET country_id = 999999 WHERE id = 1", source)
    backup = api.import_backup(dump(shop, source, tmp_path / "broken.dump", "-Fc"), "broken key")
    point = api.failed_restore(backup["id"], "existing", environment["id"], create_pre_restore_backup=False, include_filestore=False,
                               neutralize=False)
    assert point["outcome"] == "target_untouched" and point["error_code"] == "load_failed"
    assert "res_partner_country_id_fkey" in point["error_message"] and "999999" in point["error_message"], point
    check_serves(shop.url, shop.db_name)


def test_a_backup_is_the_same_after_a_restore_as_before(api, shop, environment, tmp_path):
    backup = api.create_backup(environment["id"])
    api.download(backup["id"], tmp_path / "before")
    for _ in range(2):
        point = api.restore(backup["id"], "original", create_pre_restore_backup=False)
        assert "Of the shop" in check_serves(shop.url, shop.db_name).partners().values()
        api.release(point["id"])
    api.download(backup["id"], tmp_path / "after")
    assert (tmp_path / "after").read_bytes() == (tmp_path / "before").read_bytes()
    assert api.backup(backup["id"])["sha256"] == backup["sha256"]
