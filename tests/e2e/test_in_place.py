"""The page's own procedure, for targets without room for two copies: the live database is replaced."""

import pytest

import archives
from leftovers import Picture
from odoo_client import OdooClient, check_serves
from reprise_client import ApiError


@pytest.fixture(scope="module")
def shop(make_trio, small_zip):
    return make_trio("in-place", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "in place shop")


@pytest.fixture(scope="module")
def backup(api, environment):
    return api.create_backup(environment["id"])


@pytest.fixture
def before(shop, server, backup, environment):
    return Picture(shop, server)


def test_the_safety_backup_is_required(api, backup, shop):
    with pytest.raises(ApiError) as refused:
        api.start_restore(backup["id"], "original", strategy="in_place", create_pre_restore_backup=False)
    assert 400 <= refused.value.status < 500
    assert "safety" in refused.value.sentence or "pre_restore" in refused.value.sentence


def test_the_data_comes_back(api, backup, shop, before):
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    odoo.create_partner("Made after the backup")
    point = api.restore(backup["id"], "original", strategy="in_place")
    odoo = check_serves(shop.url, shop.db_name)
    assert "Made after the backup" not in odoo.partners().values()
    assert api.backup(point["pre_restore_backup_id"])["is_verified"] is True
    before.assert_nothing_left(kept_archives=1)


def test_a_dump_that_breaks_ends_with_the_former_data_served(api, environment, shop, before, small_zip, folder):
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    odoo.create_partner("Must survive")
    broken = api.import_backup(archives.with_sql_error(small_zip, folder / "in-place-broken.zip"), "broken, in place")
    point = api.failed_restore(broken["id"], "existing", environment["id"], strategy="in_place")
    assert point["outcome"] in ("target_untouched", "rolled_back")
    assert "reprise_e2e_broken" in point["error_message"]
    assert "Must survive" in check_serves(shop.url, shop.db_name).partners().values()
    before.assert_nothing_left(kept_archives=2)
