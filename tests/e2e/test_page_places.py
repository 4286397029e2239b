"""The places of the page beside restore and backups, in Debian's Chromium on a real server: made, seen, and removed."""

import pytest

PLACES = ("/ /environments /activity /servers /storage /schedules /schedules?tab=retention /drills /people /people?tab=teams "
          "/people?tab=roles /people?tab=exceptions /people?tab=projects /audit /settings /settings?tab=tokens /settings?tab=webhooks")
PASSWORD = "a-password-of-ones-own"


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "place shop")


@pytest.fixture(scope="module")
def backup(api, environment):
    return api.create_backup(environment["id"], name="for the page's places")


@pytest.fixture(scope="module")
def newcomer(drive):
    """Somebody whom the page has made, with the password that it showed once."""
    email = "pat.page@example.com"
    return {"email": email, "password": drive("people", EMAIL=email)["password"]}


def test_every_place_and_form_is_accessible_in_both_schemes_and_fits_a_phone(drive, backup):
    drive("places", PATHS=PLACES)


def test_a_storage_is_added_tested_changed_and_removed_and_faults_stand_at_their_fields(drive, api, folder):
    store = folder / "store-of-the-page"
    store.mkdir()
    told = drive("storage", STORE=str(store))
    assert told["faults"] == ["Is required for the provider s3"]
    assert told["focused"], "the first field at fault has the focus"
    assert "Named anew" not in [one["name"] for one in api.get("/backups/storage-configs")["items"]]


def test_a_schedule_goes_by_its_own_clock_and_a_policy_is_set_and_taken_back(drive, api, environment):
    told = drive("schedules")
    assert told["faults"], "the API's sentence stands at the expression"
    assert "02:15" in told["meaning"] and "Monday" in told["meaning"], told["meaning"]
    assert "02:15" in told["next"] and "GMT+9" in told["next"], "by the clock of Tokyo, though the viewer is in New York"
    assert api.get(f"/environments/{environment['id']}/retention")["source"] == "default"


def test_people_teams_roles_and_projects_are_made_and_removed(newcomer, api):
    assert len(newcomer["password"]) >= 10
    assert newcomer["email"] in [one["email"] for one in api.get("/users")["items"]]


def test_a_newcomer_is_offered_what_they_may_do_and_secures_the_account(drive, newcomer):
    told = drive("newcomer", EMAIL=newcomer["email"], SECRET=newcomer["password"], PASSWORD=PASSWORD)
    assert "People" in told["offered"] and "Audit log" not in told["offered"], told["offered"]
    assert told["codes"] == 10
    assert (told["works"], told["afterwards"]) == (200, 401)


def test_an_organization_is_made_renamed_and_deleted_by_typing_its_name(drive, api):
    told = drive("organizations")
    assert told["first"] == "Of the page", "the new one is shown at once"
    assert not told["early"]
    assert "Named otherwise" not in [one["name"] for one in api.get("/organizations")["items"]]


def test_a_webhook_is_made_pinged_turned_off_and_deleted(drive):
    told = drive("webhooks")
    assert any("https" in one for one in told["faults"]), told["faults"]
    assert told["secret"].startswith("whsec_")


def test_servers_tell_what_they_have_and_the_audit_log_what_was_done(drive, newcomer, api):
    told = drive("house")
    assert "free" in told["room"] and "CPU" in told["room"]
    assert "127.0.0.1" in told["refused"], told["refused"]
    assert any("create team" in row for row in told["rows"]), told["rows"][:5]
    assert told["exported"] >= api.get("/audit", params={"page_size": 1})["total"] - 2


def test_the_keyboard_alone_reaches_the_last_step_of_a_restore(drive, environment, backup):
    told = drive("keyboard", NAME=environment["name"])
    assert told["first"] == "Skip to content"
    assert told["ready"]


def test_an_environment_has_its_tabs_and_is_looked_after_no_more(drive, api, shop, environment, backup):
    told = drive("environment", ENVIRONMENT=environment["id"], NAME=environment["name"])
    assert not told["early"], "its name has to be typed"
    assert "No previous state is kept now." in told["tabs"]["points"] and "No safety backup yet" in told["tabs"]["points"]
    assert "No snapshot is kept now." in told["tabs"]["points"] and "Take a snapshot" in told["tabs"]["points"]
    assert told["kept"] == "5", "so many snapshots, as it was set"
    assert "How long backups are kept" in told["tabs"]["schedule"]
    assert "Adopted" in told["tabs"]["settings"] and shop.db_name in told["tabs"]["settings"]
    assert shop.odoo.exec("true") == "", "its containers stay as they are"
    assert api.get(f"/backups/{backup['id']}")["status"] == "completed"


def test_the_page_speaks_german_where_the_browser_does_until_told_otherwise(drive):
    told = drive("german")
    assert (told["lang"], told["chosen"]) == ("de", "en")
