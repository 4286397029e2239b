"""A copy of production in staging sends nothing and runs nothing, from the first second.

Production has a mail server (a sink that listens on both networks) and a scheduled action that each minute sends a mail and writes
down that it ran. It is seen to do so in production; after the restore into staging it is seen to do nothing.
"""

import datetime
import time

import pytest

from lab import RUN, docker, wait_until
from odoo_client import OdooClient

SINK = "import smtpd, asyncore; smtpd.DebuggingServer(('0.0.0.0', 2525), None); asyncore.loop()"
CODE = """
mail = env['ir.mail_server']
text = mail.build_email('cron@shop.test', ['all@customers.test'], 'cron in ' + env.cr.dbname, 'body')
mail.send_email(text)
env['ir.config_parameter'].sudo().set_param('reprise.cron_ran', str(datetime.datetime.utcnow()))
"""


@pytest.fixture(scope="module")
def staging(make_trio, small_zip):
    return make_trio("safe-staging", db_name="staging-db", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def sink(engine, shop, staging):
    """An SMTP server that production and staging reach as "mailsink"; says what it got."""
    name = f"{RUN}-mailsink"
    networks = [trio.odoo.inspect("{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}").split()[0] for trio in (shop, staging)]
    docker("run", "-d", "--name", name, "--network", networks[0], "--network-alias", "mailsink", "--entrypoint", "python3",
           "reprise-lab/odoo:14", "-u", "-c", SINK)
    docker("network", "connect", "--alias", "mailsink", networks[1], name)
    yield lambda: docker("logs", name)
    docker("rm", "-f", name)


@pytest.fixture(scope="module")
def busy(shop, sink):
    """Production at work: a mail has gone out, the action has written that it ran."""
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    odoo.call("ir.mail_server", "create", {"name": "sink", "smtp_host": "mailsink", "smtp_port": 2525, "smtp_encryption": "none"})
    model = odoo.call("ir.model", "search", [("model", "=", "ir.config_parameter")])[0]
    now = datetime.datetime.utcnow().strftime("%Y-%m-%d %H:%M:%S")
    odoo.call("ir.cron", "create", {"name": "busy", "model_id": model, "state": "code", "code": CODE.strip(), "interval_number": 1,
                                    "interval_type": "minutes", "numbercall": -1, "nextcall": now, "active": True})
    wait_until("a mail from production", lambda: f"cron in {shop.db_name}" in sink(), 150, pause=2)
    wait_until("what the action writes", lambda: ran(shop), 60)  # it is committed after the mail
    return odoo


@pytest.fixture(scope="module")
def restored(api, shop, staging, busy):
    production = api.adopt(shop, "busy production")
    target = api.adopt(staging, "safe staging", environment_type="staging")
    backup = api.create_backup(production["id"], name="busy")
    return api.restore(backup["id"], "existing", target["id"])


def ran(trio):
    return trio.sql("select value from ir_config_parameter where key = 'reprise.cron_ran'")


def test_what_was_switched_off_is_told(api, restored):
    copy = restored["proof"]["safe_copy"]
    assert copy["neutralized"] is True and copy["identity_reset"] is True
    assert copy["before"]["mail servers"] >= 1 and copy["before"]["scheduled actions"] > 1
    # What is left on: the server that leads nowhere, and Odoo's own garbage collection.
    assert copy["after"]["mail servers"] == 1 and copy["after"]["scheduled actions"] <= 1


def test_no_mail_leaves_the_copy_and_no_action_runs_in_it(restored, shop, staging, sink):
    OdooClient.when_up(staging.url, staging.db_name)
    at_start, in_production = ran(staging), ran(shop)
    assert at_start, "the copy holds what production wrote before the backup"
    # Production goes on meanwhile, so the scheduler had its time and the sink was there.
    wait_until("production's next run", lambda: ran(shop) != in_production, 150, pause=2)
    time.sleep(75)
    assert ran(staging) == at_start
    assert f"cron in {staging.db_name}" not in sink()


def test_not_even_when_somebody_sends_one_by_hand(restored, staging, sink):
    odoo = OdooClient.when_up(staging.url, staging.db_name)
    assert staging.sql("select smtp_host from ir_mail_server where active") == "invalid"
    server = odoo.call("ir.mail_server", "search", [("active", "=", True)])
    with pytest.raises(AssertionError):
        odoo.call("ir.mail_server", "test_smtp_connection", server)


def test_the_copy_has_an_identity_of_its_own(restored, shop, staging):
    uuid = "select value from ir_config_parameter where key = 'database.uuid'"
    assert shop.sql(uuid) != staging.sql(uuid)
