#pragma once

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/testing/api_house.hpp"

namespace reprise::api::testing {

// Two organizations, ours with one caller of every kind and theirs with an owner. Calls go through
// the router itself, without sockets.
class AccessWorld {
 public:
  // The order of the letters in the tables below.
  static constexpr std::array<std::string_view, 11> kCallers = {
      "nobody",         "foreign owner", "owner",         "admin",
      "developer",      "viewer",        "project admin", "project developer",
      "project viewer", "scoped token",  "installation"};

  explicit AccessWorld(catalog::testing::CatalogKind kind = catalog::testing::CatalogKind::kSqlite)
      : house(kind) {
    ours = house.tenancy.DefaultProject().value().organization_id;
    project = house.catalog.project();
    theirs.value = NewUuid();
    Must(house.organizations.Insert({theirs, "theirs", Now()}));
    their_project.value = NewUuid();
    Must(house.tenancy.InsertProject({their_project, theirs, "their shop", Now()}));
    for (const std::string_view role : {"owner", "admin", "developer", "viewer"}) {
      AddCaller(std::string(role), ours, std::string(role), "");
    }
    AddCaller("foreign owner", theirs, "owner", "");
    for (const std::string_view role : {"admin", "developer", "viewer"}) {
      AddCaller("project " + std::string(role), ours, "viewer", std::string(role));
    }
    domain::PermissionSet scopes;
    scopes.Add(domain::Permission::kProjectBackupsView);
    tokens["scoped token"] = TokenOf(users.at("owner"), scopes, project);
    tokens["installation"] = std::string(ApiHouse::kToken);
  }

  [[nodiscard]] Instant Now() const { return house.clock.Now(); }
  static void Must(const Status& status) {
    if (!status) {
      ADD_FAILURE() << status.error().message;
      std::abort();
    }
  }

  domain::UserId AddUser(const std::string& email) {
    catalog::User user;
    user.id.value = NewUuid();
    user.email = email;
    user.name = email;
    user.password_hash = password_hash_;
    user.created_at = Now();
    Must(house.users.Insert(user));
    return user.id;
  }
  domain::UserId AddMember(const domain::OrganizationId& organization, const std::string& role) {
    domain::UserId user = AddUser(NewUuid() + "@x.test");
    Must(house.organizations.PutMember({organization, user, {role, {}}, Now(), {}, {}}));
    return user;
  }
  domain::TeamId AddTeam(const domain::OrganizationId& organization) {
    domain::TeamId team{NewUuid()};
    Must(house.teams.Insert({team, organization, "team " + team.value, Now()}));
    return team;
  }
  std::string TokenOf(const domain::UserId& user, std::optional<domain::PermissionSet> scopes = {},
                      const domain::ProjectId& tied = {}) {
    return house.credentials.CreateToken({user, "test", scopes, tied, {}}).value().secret;
  }
  void AddCaller(const std::string& name, const domain::OrganizationId& organization,
                 const std::string& role, const std::string& project_role) {
    const domain::UserId user = AddMember(organization, role);
    users[name] = user;
    tokens[name] = TokenOf(user);
    if (project_role.empty()) return;
    const domain::TeamId team = AddTeam(organization);
    Must(house.teams.AddMember(team, user, Now()));
    Must(house.teams.PutGrant({team, project, {project_role, {}}, Now()}));
  }

  struct Answer {
    int status = 0;
    std::string text;
    boost::json::value body;
    std::vector<Headers::Field> headers;
  };
  // A call as `caller`, one of kCallers or a user's own token.
  Answer Call(std::string_view caller, std::string_view method, std::string_view target,
              std::string_view body = "", const std::vector<Headers::Field>& headers = {}) {
    Request request;
    const auto token = tokens.find(std::string(caller));
    const std::string secret = token == tokens.end() ? std::string() : token->second;
    if (!secret.empty()) request.headers.Add("Authorization", "Bearer " + secret);
    for (const auto& [name, value] : headers) request.headers.Add(name, value);
    return Send(std::move(request), method, target, body);
  }
  Answer Send(Request request, std::string_view method, std::string_view target,
              std::string_view body) {
    request.method = method;
    const std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) {
      AddQuery(target.substr(question + 1), request);
    }
    request.body = body;
    request.client_address = "192.0.2.7";
    MemoryReader upload("an archive");
    request.upload = &upload;
    const auto route = house.router.Admit(request);
    Answer answer =
        ToAnswer(route ? house.router.Handle(Context(), **route, request) : route.error());
    RawResponse raw{answer.status, "", {}, answer.text};
    for (const auto& [name, value] : answer.headers) {
      if (name == "Content-Type") raw.headers["content-type"] = value;
    }
    house.HoldToContract(method, target, raw);
    return answer;
  }

  // Puts what stands for an object into a text: "{backup}" becomes the id of a new one of ours.
  std::string Fill(std::string text) {
    for (std::size_t at = text.find("{@"); at != std::string::npos; at = text.find("{@", at)) {
      const std::size_t end = text.find('}', at);
      const std::string id = Make(text.substr(at + 2, end - at - 2));
      text.replace(at, end - at + 1, id);
    }
    return text;
  }

  domain::EnvironmentId AddEnvironment(const domain::ProjectId& in) {
    domain::Environment environment;
    environment.id.value = NewUuid();
    environment.project_id = in;
    environment.server_id = house.catalog.server();
    environment.name = "e" + environment.id.value;
    environment.status = domain::EnvironmentStatus::kRunning;
    environment.odoo_version = "14.0";
    Must(house.environments.Insert(environment));
    return environment.id;
  }
  domain::BackupId AddBackup(const domain::ProjectId& in, const domain::EnvironmentId& of) {
    domain::Backup backup = house.AddBackup(of);
    Must(house.backups
             .Update(backup.id,
                     [&](domain::Backup& row) -> Status {
                       row.project_id = in;
                       return {};
                     })
             .map([](const auto&) {}));
    return backup.id;
  }
  domain::RestoreId AddRestore() {
    const domain::EnvironmentId environment = AddEnvironment(project);
    domain::RestorePoint restore;
    restore.id.value = NewUuid();
    restore.backup_id = AddBackup(project, environment);
    restore.project_id = project;
    restore.target_environment_id = environment;
    restore.target_server_id = house.catalog.server();
    restore.proof_json = "{}";
    Must(house.restores.Insert(restore));
    return restore.id;
  }
  domain::DrillId AddDrill() {
    const domain::BackupId backup = AddBackup(project, AddEnvironment(project));
    Must(house.backups
             .Update(backup,
                     [](domain::Backup& row) -> Status {
                       row.snapshot.odoo_version = "14.0";
                       return {};
                     })
             .transform([](const auto&) {}));
    return house.upkeep.drill_service.Order({.backup_id = backup}).value().id;
  }
  // That stands.
  domain::MountId AddMount() {
    domain::Mount mount;
    mount.id.value = NewUuid();
    mount.project_id = project;
    mount.environment_id = AddEnvironment(project);
    mount.backup_id = AddBackup(project, mount.environment_id);
    mount.task_id.value = NewUuid();
    mount.status = domain::MountStatus::kMounted;
    mount.database_name = "shop__r1_1";
    mount.role_name = "reprise_r1_1";
    mount.sealed_login = house.sealer.seal("login", mount.id.value);
    mount.created_by = "admin";
    mount.created_at = Now();
    mount.expires_at = Now() + std::chrono::hours(4);
    Must(house.catalog.database().Write(
        [&](catalog::Transaction& tx) { return catalog::MountStore::InsertIn(tx, mount); }));
    return mount.id;
  }
  // That stands.
  domain::SnapshotId AddSnapshot() {
    domain::Snapshot snapshot;
    snapshot.id.value = NewUuid();
    snapshot.project_id = project;
    snapshot.environment_id = AddEnvironment(project);
    snapshot.task_id.value = NewUuid();
    snapshot.status = domain::SnapshotStatus::kKept;
    snapshot.database_name = "shop__old_1";
    snapshot.created_at = Now();
    snapshot.taken_at = Now();
    Must(house.catalog.database().Write(
        [&](catalog::Transaction& tx) { return catalog::SnapshotStore::InsertIn(tx, snapshot); }));
    return snapshot.id;
  }
  domain::ScheduleId AddSchedule() {
    upkeep::ScheduleOrder order;
    order.environment_id = AddEnvironment(project);
    order.cron = "0 2 * * *";
    return house.upkeep.schedules.Create(order).value().id;
  }
  // Begun by the project's developer.
  domain::BackupId AddUpload() {
    backup::UploadOrder order;
    order.project_id = project;
    order.owner = users.at("project developer").value;
    order.file_name = "a.zip";
    order.total_bytes = 9;
    return house.uploads.Begin(Context(), order).value().id;
  }
  domain::ServerId AddServer(const domain::OrganizationId& owner) {
    const std::string id = NewUuid();
    Must(house.catalog.database().Write([&](catalog::Transaction& tx) -> Status {
      RETURN_IF_ERROR(
          tx.Execute("INSERT INTO server (id, name, address, created_at, organization_id)"
                     " VALUES ($1, $2, 'x', 0, $3)",
                     {id, "server " + id, owner.value}));
      return {};
    }));
    return {id};
  }

  static constexpr std::string_view kPassword = "the password of all";
  ApiHouse house;
  domain::OrganizationId ours;
  domain::OrganizationId theirs;
  domain::ProjectId project;
  domain::ProjectId their_project;
  std::map<std::string, domain::UserId> users;
  std::map<std::string, std::string> tokens;

 private:
  // Bytes of a text, as an upload.
  class MemoryReader final : public ByteReader {
   public:
    explicit MemoryReader(std::string_view text) : text_(text) {}
    [[nodiscard]] Result<std::size_t> Read(const Context&, ByteSpan into) override {
      const std::size_t count = std::min(into.size(), text_.size());
      const auto bytes = BytesOf(text_.substr(0, count));
      std::copy(bytes.begin(), bytes.end(), into.begin());
      text_.remove_prefix(count);
      return count;
    }

   private:
    std::string_view text_;
  };

  static void AddQuery(std::string_view query, Request& request) {
    while (!query.empty()) {
      const std::string_view pair = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(query.size(), pair.size() + 1));
      const std::size_t equals = pair.find('=');
      request.query.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }

  static Answer ToAnswer(const Response& response) {
    Answer answer;
    answer.status = response.status;
    answer.headers = response.headers;
    if (const auto* text = std::get_if<std::string>(&response.body)) answer.text = *text;
    if (auto parsed = ParseJson(answer.text)) answer.body = *std::move(parsed);
    return answer;
  }

  std::string Make(const std::string& thing) {
    if (thing == "organization") return ours.value;
    if (thing == "project") return project.value;
    if (thing == "server") return house.catalog.server().value;
    if (thing == "environment") return AddEnvironment(project).value;
    if (thing == "backup") return AddBackup(project, AddEnvironment(project)).value;
    if (thing == "proven backup") {
      const domain::BackupId id = AddBackup(project, AddEnvironment(project));
      Must(house.proofs.Put(id, "{}"));
      return id.value;
    }
    if (thing == "restore") return AddRestore().value;
    if (thing == "drill") return AddDrill().value;
    if (thing == "mount") return AddMount().value;
    if (thing == "snapshot") return AddSnapshot().value;
    if (thing == "schedule") return AddSchedule().value;
    if (thing == "upload") return AddUpload().value;
    if (thing == "text") return NewUuid();
    if (thing == "member") return AddMember(ours, "viewer").value;
    if (thing == "task") {
      return house.journal.Submit({.kind = domain::TaskKind::kVerify, .project_id = project})
          .value()
          .id.value;
    }
    return MakeOfAccess(thing);
  }
  std::string MakeOfAccess(const std::string& thing) {
    if (thing == "team") {
      last_team_ = AddTeam(ours);
      return last_team_.value;
    }
    if (thing == "member of the team") {
      const domain::UserId user = AddMember(ours, "viewer");
      Must(house.teams.AddMember(last_team_, user, Now()));
      return user.value;
    }
    if (thing == "project of the team") {
      Must(house.teams.PutGrant({last_team_, project, {"viewer", {}}, Now()}));
      return project.value;
    }
    if (thing == "role") {
      const catalog::CustomRole role{
          {NewUuid()}, ours, NewUuid(), PermissionsOf(domain::ProjectRole::kViewer), Now()};
      Must(house.organizations.InsertRole(role));
      return role.id.value;
    }
    if (thing == "override") {
      const catalog::Override one{
          {NewUuid()},
          ours,
          AddMember(ours, "viewer"),
          {domain::Permission::kProjectBackupsView, domain::OverrideEffect::kDeny, project},
          Now()};
      Must(house.organizations.PutOverride(one));
      return one.id.value;
    }
    return MakeOfOrganization(thing);
  }
  std::string MakeOfOrganization(const std::string& thing) {
    if (thing == "storage") {
      domain::StorageConfig storage;
      storage.organization_id = ours;
      storage.provider = domain::StorageProvider::kMinio;
      backup::StorageChange with;
      with.name = NewUuid();
      with.settings = {{"endpoint", "http://127.0.0.1:1"}, {"bucket", "b"}};
      with.secrets = {{"access_key_id", "a"}, {"secret_access_key", "s"}};
      return house.storage_service.Create(storage, with).value().id.value;
    }
    if (thing == "webhook") {
      last_webhook_ = NewUuid();
      catalog::Webhook webhook;
      webhook.id = last_webhook_;
      webhook.organization_id = ours;
      webhook.name = "ops";
      webhook.url = "https://x.test/";
      webhook.created_at = Now();
      Must(house.webhooks.Insert(webhook));
      return webhook.id;
    }
    if (thing == "delivery") return house.webhooks.Queue(last_webhook_, "ping", "{}").value().id;
    if (thing == "token") {
      return house.credentials.CreateToken({users.at("owner"), "t", {}, project, {}})
          .value()
          .token.id.value;
    }
    if (thing == "session") {
      const catalog::SignInSession session{
          {NewUuid()}, users.at("owner"), NewUuid(), "", "", Now(), Now() + std::chrono::hours(1),
          Now()};
      Must(house.credential_store.InsertSession(session));
      return session.id.value;
    }
    ADD_FAILURE() << "what is a " << thing << "?";
    return {};
  }

  const std::string password_hash_ = house.hasher.Hash(kPassword).value();
  domain::TeamId last_team_;
  std::string last_webhook_;
};

}  // namespace reprise::api::testing
