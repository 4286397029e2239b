"""A table that a load would wait for, loaded over several connections of a real PostgreSQL: all its rows come back as they were, or the restore
fails and says why.
"""

import re

import pytest

from lab import some_always
from odoo_client import check_serves

# By its words a shell would do something, and psql too.
TABLE = '''"e2e big""; $(touch /tmp/reprise-e2e-split)"'''
COLUMNS = '''id, "order", "it's `touch /tmp/reprise-e2e-split` :x", "body", "gone"'''
ROWS = 300_000


@pytest.fixture(scope="module")
def server(make_server):
    """As on a server with four cores."""
    return make_server(arguments=["--load-jobs", "4"])


@pytest.fixture(scope="module", params=some_always([13, 17, 18], [13]))
def shop(request, make_trio, odoo_zip):
    trio = make_trio(f"split{request.param}", options=["--from-zip", odoo_zip, "--postgres", request.param])
    trio.sql(f"""CREATE TABLE {TABLE} (id int, gone_too int, "order" text, "it's `touch /tmp/reprise-e2e-split` :x" text, "body" text,
                 "gone" text, twice int GENERATED ALWAYS AS (id * 2) STORED);
                 ALTER TABLE {TABLE} DROP COLUMN gone_too; ALTER TABLE {TABLE} OWNER TO odoo""")
    # What no line may end at, what a COPY ends with, what is NULL and what only looks so; and much that does not pack.
    trio.sql(rf"""INSERT INTO {TABLE} SELECT i, md5(i::text) || md5('a' || i), E'a\tb\\c\n' || i, md5('b' || i) || md5('c' || i),
                  (ARRAY[NULL, '', E'\\.', E'\n\\.\n', '\N', 'ä€𝄞', '--', E'\r\n'])[i % 8 + 1] FROM generate_series(1, {ROWS}) i;
                  CREATE INDEX ON {TABLE} (id)""")
    return trio


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, f"split of {shop.name}")


@pytest.fixture(scope="module")
def backup(api, environment):
    return api.create_backup(environment["id"])


def content(shop):
    return shop.sql(f"""SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY id)) FROM {TABLE} t""")


def lines(api, task_id):
    return [data["data"]["line"] if "data" in data else data["line"] for _, kind, data in api.events(task_id) if kind == "task.log"]


@pytest.fixture(scope="module")
def restored(api, shop, environment, backup):
    """The content before, and the ticket of a restore over a table that was emptied."""
    before = content(shop)
    shop.sql(f"TRUNCATE {TABLE}")
    ticket = api.start_restore(backup["id"], "existing", environment["id"], create_pre_restore_backup=False, neutralize=False)
    api.wait(ticket["task_id"], 600)
    return before, ticket


def test_every_row_is_as_it_was(restored, shop):
    before, _ = restored
    assert before.startswith(f"{ROWS}|")
    assert content(shop) == before
    assert shop.sql(f"SELECT count(*) FROM {TABLE} WHERE twice = id * 2") == str(ROWS)
    assert shop.sql(f"SELECT count(*) FROM pg_index WHERE indrelid = '{TABLE}'::regclass") == "1"
    check_serves(shop.url, shop.db_name)


def test_the_task_tells_over_how_many_connections_it_was_loaded(api, restored):
    told = [line for line in lines(api, restored[1]["task_id"]) if "connections" in line]
    assert len(told) == 1 and re.match(rf"the {ROWS} rows of .* were loaded over [23] connections$", told[0]), told


def test_no_name_was_run(restored, shop):
    assert shop.db.exec("find", "/tmp", "-name", "reprise-e2e-split*").split() == []


def test_a_row_that_the_loader_may_not_have_fails_the_restore(api, restored, shop, environment):
    """In the middle of one connection's share, with what PostgreSQL says."""
    shop.sql(f"""CREATE FUNCTION public.e2e_fits(i int) RETURNS bool LANGUAGE sql AS $$ SELECT i <> 150000 OR current_user !~ 'reprise' $$;
                 ALTER TABLE {TABLE} ADD CONSTRAINT e2e_fits CHECK (public.e2e_fits(id)); ALTER FUNCTION public.e2e_fits OWNER TO odoo""")
    before = content(shop)
    failing = api.create_backup(environment["id"])
    point = api.failed_restore(failing["id"], "existing", environment["id"], create_pre_restore_backup=False, neutralize=False, seconds=600)
    assert (point["error_code"], point["outcome"]) == ("load_failed", "target_untouched"), point
    assert "psql" in point["error_message"] and "e2e_fits" in point["error_message"], point
    assert content(shop) == before
    check_serves(shop.url, shop.db_name)
