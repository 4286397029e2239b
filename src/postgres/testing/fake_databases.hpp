#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "base/lines.hpp"
#include "postgres/testing/fake_psql.hpp"

namespace reprise::postgres::testing {

// Tells a database from a later one of the same name; which number it is says nothing.
struct FakeOid {
  std::uint64_t value = Next();
  bool operator==(const FakeOid&) const { return true; }

 private:
  static std::uint64_t Next() {
    static std::atomic<std::uint64_t> last = 16384;
    return ++last;
  }
};

struct FakeDatabase {
  std::string content;  // what a test calls it: "live", "backup"
  std::string owner = "odoo";
  bool open = true;              // ALLOW_CONNECTIONS
  std::string objects = "odoo";  // who owns what is in it
  std::string collate = "de_DE.utf8";
  std::map<std::string, std::uint64_t> rows = {{"public.res_users", 3}};
  std::vector<std::vector<std::string>> attachments = {};  // store_fname, file_size
  FakeOid oid = {};
  bool operator==(const FakeDatabase&) const = default;
};

// The databases and roles of a cluster, as far as Reprise's own SQL changes or asks for them. It
// refuses what PostgreSQL refuses: names taken or unknown, sessions on a fenced database or by a
// role without login, and it cuts names at 63 bytes. A transaction that fails changes nothing.
// Thread-safe.
class FakeDatabases {
 public:
  using Answer = FakePsql::Answer;
  struct Role {
    bool login = true;
    std::string password;
    bool operator==(const Role&) const = default;
  };
  struct World {
    std::map<std::string, FakeDatabase> databases;
    std::map<std::string, Role> roles = {{"postgres", {}}, {"odoo", {}}};
    bool operator==(const World&) const = default;
  };

  explicit FakeDatabases(FakePsql& psql) {
    psql.On("", [this](const FakePsql::Call& call) { return Psql(call); });
    psql.OnProgram("pg_restore", [this](const FakePsql::Call& call) {
      const bool lists = call.spec.argv.at(1) == "-l";
      return lists ? Answer{} : Load(call, brought_by_custom_dump);
    });
  }

  [[nodiscard]] World world() const {
    const std::scoped_lock lock(mutex_);
    return world_;
  }
  void Set(World world) {
    const std::scoped_lock lock(mutex_);
    world_ = std::move(world);
  }
  void Add(const std::string& name, FakeDatabase database) {
    const std::scoped_lock lock(mutex_);
    world_.databases[name] = std::move(database);
  }
  // How many have content, also half of it: what the disk is full of.
  [[nodiscard]] int CountLoaded() const {
    const std::scoped_lock lock(mutex_);
    return Loaded();
  }
  // How often a load has met a full disk.
  [[nodiscard]] int overflows() const {
    const std::scoped_lock lock(mutex_);
    return overflows_;
  }
  // "live", or "-" when there is no such database.
  [[nodiscard]] std::string ContentOf(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const auto found = world_.databases.find(name);
    return found == world_.databases.end() ? "-" : found->second.content;
  }

  FakeDatabase brought_by_plain_dump{.content = "backup"};
  FakeDatabase brought_by_custom_dump{.content = "safety backup"};
  std::string load_complaint;           // not empty: the next loads end with this error
  bool custom_dumps_are_whole = false;  // ... but not those of a custom dump
  int most_loaded = 0;                  // databases with content; the disk is full beyond. 0: none
  int tables_of_odoo = 6;               // of those that every Odoo database has

 private:
  static Answer Refuse(const std::string& why) {
    return {.exit_code = 3, .error = "psql:<stdin>:1: ERROR:  " + why + "\n"};
  }
  static std::string Cut(const std::string& name) { return name.substr(0, 63); }

  Answer Psql(const FakePsql::Call& call) {
    const auto& argv = call.spec.argv;
    if (std::find(argv.begin(), argv.end(), "-f") != argv.end()) {
      return Load(call, brought_by_plain_dump);
    }
    const std::scoped_lock lock(mutex_);
    if (const auto refused = Connect(call)) return *refused;
    return RunSql(call.spec.environment.at("PGDATABASE"), call.sql);
  }

  // Fails as a connection would. The fake's own lock must be held.
  std::optional<Answer> Connect(const FakePsql::Call& call) {
    const docker::EnvironmentVariables& login = call.spec.environment;
    const auto role = world_.roles.find(login.at("PGUSER"));
    if (role == world_.roles.end() || !role->second.login) {
      return Refuse(fmt::format("role \"{}\" is not permitted to log in", login.at("PGUSER")));
    }
    if (login.contains("PGHOST") && login.at("PGPASSWORD") != role->second.password) {
      return Refuse("password authentication failed");
    }
    const std::string& name = login.at("PGDATABASE");
    if (name == "postgres") return std::nullopt;
    const auto found = world_.databases.find(name);
    if (found == world_.databases.end()) {
      return Refuse(fmt::format("database \"{}\" does not exist", name));
    }
    if (!found->second.open) {
      return Refuse(fmt::format("database \"{}\" is not currently accepting connections", name));
    }
    return std::nullopt;
  }

  Answer Load(const FakePsql::Call& call, const FakeDatabase& brought) {
    const std::scoped_lock lock(mutex_);
    if (const auto refused = Connect(call)) return *refused;
    const bool is_custom = &brought == &brought_by_custom_dump;
    FakeDatabase& into = world_.databases.at(call.spec.environment.at("PGDATABASE"));
    into.objects = call.spec.environment.at("PGUSER");
    if (most_loaded > 0 && Loaded() >= most_loaded) {
      ++overflows_;
      return Refuse("could not extend file \"base/1/2\": No space left on device");
    }
    if (!load_complaint.empty() && !(custom_dumps_are_whole && is_custom)) {
      into.content = "half of " + brought.content;
      return Refuse(load_complaint);
    }
    into.content = brought.content;
    into.rows = brought.rows;
    into.attachments = brought.attachments;
    return {};
  }

  [[nodiscard]] int Loaded() const {
    return static_cast<int>(
        std::count_if(world_.databases.begin(), world_.databases.end(),
                      [](const auto& each) { return each.second.content != "empty"; }));
  }

  Answer RunSql(const std::string& database, const std::string& sql) {
    if (const auto answer = Ask(database, sql)) return *answer;
    World before = world_;
    const bool one_transaction = sql.find("BEGIN") != std::string::npos;
    for (const std::string& statement : Split(sql, ';')) {
      const std::string refused = Apply(std::string(TrimSpace(statement)));
      if (refused.empty()) continue;
      if (one_transaction) world_ = std::move(before);
      return Refuse(refused);
    }
    return {};
  }

  std::optional<Answer> Ask(const std::string& database, const std::string& sql) {
    const auto has = [&](std::string_view part) { return sql.find(part) != std::string::npos; };
    const auto one = [](std::string value) { return FakePsql::Rows({{std::move(value)}}); };
    if (has("pg_export_snapshot")) return one("00000003-0000001B-1");
    if (has("server_version_num")) return one("130023");
    if (has("data_directory")) return one("/var/lib/postgresql/data");
    if (has("pg_database_size")) return one("1000000");
    if (has("WHERE datname = 'template0'")) return one("C.UTF-8");
    if (has("to_regclass('public.res_users')")) return one("t");
    if (has("COUNT(*) FROM ONLY public.res_users")) {
      return one(std::to_string(world_.databases.at(database).rows.at("public.res_users")));
    }
    if (has("FROM pg_database WHERE NOT datistemplate")) return ListDatabases();
    if (has("rolinherit")) return one("1");
    if (has("k.contype = 'f'")) return FakePsql::Rows({});
    std::vector<std::vector<std::string>> rows;
    if (has("FROM pg_roles")) {
      for (const auto& [name, role] : world_.roles) rows.push_back({name});
    } else if (has("relname IN (")) {
      for (int i = 0; i < tables_of_odoo; ++i) rows.push_back({"table"});
    } else if (has("count(*) FROM pg_catalog.pg_class")) {
      return one("120");
    } else if (has("pg_relation_size(c.oid) FROM pg_catalog.pg_class")) {
      rows.push_back({"pg_catalog", "pg_class", "65536"});
      for (const auto& [table, count] : world_.databases.at(database).rows) {
        rows.push_back(
            {table.substr(0, table.find('.')), table.substr(table.find('.') + 1), "8192"});
      }
    } else if (has("SELECT n.nspname, c.relname")) {
      for (const auto& [table, count] : world_.databases.at(database).rows) {
        rows.push_back({table.substr(0, table.find('.')), table.substr(table.find('.') + 1)});
      }
    } else if (has("count(*) FROM ONLY")) {
      for (const auto& [table, count] : world_.databases.at(database).rows) {
        rows.push_back({table, std::to_string(count)});
      }
    } else if (has("DISTINCT store_fname")) {
      rows = world_.databases.at(database).attachments;
    } else {
      return std::nullopt;
    }
    return FakePsql::Rows(rows);
  }

  Answer ListDatabases() {
    std::vector<std::vector<std::string>> rows{
        {"postgres", "13", "postgres", "t", "UTF8", "C.UTF-8", "C.UTF-8"}};
    for (const auto& [name, database] : world_.databases) {
      rows.push_back({name, std::to_string(database.oid.value), database.owner,
                      database.open ? "t" : "f", "UTF8", database.collate, database.collate});
    }
    return FakePsql::Rows(rows);
  }

  // Why PostgreSQL would not; empty when it has done it. What it does not know it lets pass.
  std::string Apply(const std::string& statement) {
    static const std::regex kAlter(
        R"re(ALTER DATABASE "(.+?)" (ALLOW_CONNECTIONS|RENAME TO|OWNER TO) "?(.+?)"?)re");
    static const std::regex kCreate(
        R"re(CREATE DATABASE "(.+?)" OWNER "(.+?)" .*LC_COLLATE '(.+?)' LC_CTYPE .*)re");
    static const std::regex kCopy(
        R"re(CREATE DATABASE "(.+?)" OWNER "(.+?)" TEMPLATE "(.+?)" ALLOW_CONNECTIONS false)re");
    static const std::regex kRole(R"re(CREATE ROLE "(.+?)" LOGIN .*PASSWORD '(.+?)')re");
    static const std::regex kLogin(R"re(ALTER ROLE "(.+?)" LOGIN PASSWORD '(.+?)')re");
    static const std::regex kNoLogin(R"re(ALTER ROLE "(.+?)" NOLOGIN)re");
    static const std::regex kDropRole(R"re(DROP ROLE IF EXISTS "(.+?)")re");
    static const std::regex kDrop(R"re(DROP DATABASE "(.+?)")re");
    static const std::regex kReassign(R"re((?:BEGIN)?\s*REASSIGN OWNED BY "(.+?)" TO "(.+?)")re");
    static const std::regex kIfThere(
        R"re(SELECT count[^\\]*WHERE datname = '(.+?)'(?: AND oid = (\d+))? \\gset[^A]*(ALTER [\s\S]*))re");
    std::smatch found;
    if (std::regex_match(statement, found, kIfThere)) {
      skip_until_endif_ = !IsThere(Cut(found[1]), found[2]);
      return skip_until_endif_ ? "" : Apply(found[3]);
    }
    if (statement == "\\endif") skip_until_endif_ = false;
    if (skip_until_endif_) return "";
    if (std::regex_match(statement, found, kAlter)) return Alter(found[1], found[2], found[3]);
    if (std::regex_match(statement, found, kCreate)) {
      FakeDatabase made{.content = "empty", .owner = found[2], .collate = found[3]};
      made.objects = found[2];
      if (!world_.databases.emplace(Cut(found[1]), made).second) return "database already exists";
    } else if (std::regex_match(statement, found, kCopy)) {
      return Copy(found[3], found[1], found[2]);
    } else if (std::regex_match(statement, found, kRole)) {
      if (!world_.roles.emplace(Cut(found[1]), Role{true, found[2]}).second) {
        return "role already exists";
      }
    } else if (std::regex_match(statement, found, kLogin)) {
      world_.roles.at(Cut(found[1])) = Role{true, found[2]};
    } else if (std::regex_match(statement, found, kNoLogin)) {
      world_.roles.at(Cut(found[1])).login = false;
    } else if (std::regex_match(statement, found, kDropRole)) {
      for (const auto& [name, database] : world_.databases) {
        if (database.owner == Cut(found[1])) return "role cannot be dropped: it owns " + name;
      }
      world_.roles.erase(Cut(found[1]));
    } else if (std::regex_match(statement, found, kDrop)) {
      if (world_.databases.erase(Cut(found[1])) == 0) return "database does not exist";
    } else if (std::regex_match(statement, found, kReassign)) {
      for (auto& [name, database] : world_.databases) {
        if (database.objects == found[1]) database.objects = found[2];
        if (database.owner == found[1]) database.owner = found[2];
      }
    }
    return "";
  }

  std::string Copy(const std::string& from, const std::string& to, const std::string& owner) {
    const auto found = world_.databases.find(Cut(from));
    if (found == world_.databases.end()) return "template database does not exist";
    if (most_loaded > 0 && Loaded() >= most_loaded) {
      ++overflows_;
      return "could not extend file \"base/1/2\": No space left on device";
    }
    FakeDatabase made = found->second;
    made.owner = owner;
    made.open = false;
    if (!world_.databases.emplace(Cut(to), made).second) return "database already exists";
    return "";
  }

  [[nodiscard]] bool IsThere(const std::string& name, const std::string& oid) const {
    const auto found = world_.databases.find(name);
    return found != world_.databases.end() &&
           (oid.empty() || oid == std::to_string(found->second.oid.value));
  }

  std::string Alter(const std::string& name, const std::string& what, const std::string& value) {
    const auto found = world_.databases.find(Cut(name));
    if (found == world_.databases.end()) return "database \"" + name + "\" does not exist";
    if (what == "ALLOW_CONNECTIONS") {
      found->second.open = value == "true";
    } else if (what == "OWNER TO") {
      found->second.owner = value;
    } else {
      if (world_.databases.contains(Cut(value))) return "database \"" + value + "\" already exists";
      auto node = world_.databases.extract(found);
      node.key() = Cut(value);
      world_.databases.insert(std::move(node));
    }
    return "";
  }

  mutable std::mutex mutex_;
  World world_;
  int overflows_ = 0;
  bool skip_until_endif_ = false;
};

}  // namespace reprise::postgres::testing
