#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "base/lines.hpp"
#include "rescue/attachments.hpp"
#include "restore/testing/restore_house.hpp"

namespace reprise::rescue::testing {

// A document as a row of ir_attachment.
struct Document {
  std::string name;
  std::string store_name;
  std::string checksum;
  std::string in_row = {};  // hex of its content
};

// A shop that runs, and a backup of it that is mounted beside: what psql would answer of
// ir_attachment, of both. Arranged by one thread.
class RescueHouse : public restore::testing::RestoreHouse {
 public:
  static constexpr const char* kMountId = "0193b5a0-1234-7abc-8def-0123cccc1111";
  static constexpr const char* kSide = "shop-db__rcccc1111_1";
  using Call = postgres::testing::FakePsql::Call;
  using Answer = postgres::testing::FakePsql::Answer;

  RescueHouse() {
    mount.id = {kMountId};
    mount.status = domain::MountStatus::kMounted;
    mount.database_name = kSide;
    mount.role_name = "reprise_rcccc1111_1";
    mount.sealed_login = "password";
    mount.backup_id = backup.id;
    mount.environment_id = trio.shop.id;
    mount.project_id = trio.shop.project_id;
    trio.programs.On("row_to_json", [this](const Call& call) { return Select(call); });
    trio.programs.On("FROM pg_attribute", trio.programs.Rows({{"id", "t"},
                                                              {"name", "f"},
                                                              {"store_fname", "f"},
                                                              {"checksum", "f"},
                                                              {"db_datas", "f"}}));
    trio.programs.On("encode(db_datas", [this](const Call& call) {
      return Answer{backup_rows.at(NumberAfter(call.sql, " WHERE id = ")).in_row + "\n"};
    });
    trio.programs.On("pg_get_serial_sequence", trio.programs.Rows({{"public.a_id_seq"}}));
    trio.programs.On("INSERT INTO", [this](const Call& call) { return Insert(call); });
    trio.programs.On("LOGIN CONNECTION LIMIT", Answer{});
    trio.programs.OnProgram("sh", [this](const Call& call) { return FilesThere(call); });
  }
  // Once; what is in the archive is that of the base class.
  void Mount() {
    Stock();
    EXPECT_TRUE(Write(mount));
  }
  [[nodiscard]] Status Write(const domain::Mount& row) {
    return database().Write([&](catalog::Transaction& transaction) {
      return catalog::MountStore::InsertIn(transaction, row);
    });
  }
  // A row of the backup; its file is one of the archive's where `content` is.
  std::string AddFileRow(std::int64_t id, const std::string& content) {
    const std::string sha1 = HashOf(HashKind::kSha1, content);
    const std::string path = sha1.substr(0, 2) + "/" + sha1;
    backup_rows[id] = {fmt::format("{}.pdf", id), path, sha1};
    return path;
  }
  std::vector<Brought> BringBack(const std::vector<std::int64_t>& ids) {
    const auto brought = attachments.BringBack(Context(), mount.id, ids);
    if (!brought) ADD_FAILURE() << brought.error().Sentence();
    return brought.value_or(std::vector<Brought>());
  }

  std::map<std::int64_t, Document> backup_rows;
  std::map<std::int64_t, Document> live_rows;
  std::vector<std::string> inserted;  // the SQL
  std::function<void()> on_insert = [] {};
  catalog::MountStore mounts{database()};
  domain::Mount mount;
  MountService service{
      {.mounts = mounts,
       .backups = backups,
       .environments = environments,
       .journal = journal,
       .store = store,
       .clock = clock,
       .sealer = {[](auto text, auto) { return std::string(text); },
                  [](auto text, auto) -> Result<std::string> { return std::string(text); }}}};
  RescueDesk desk{{.mounts = mounts,
                   .backups = backups,
                   .environments = environments,
                   .engines = trio.engines,
                   .store = store,
                   .service = service,
                   .clock = clock,
                   .installation = "here",
                   .spool = std::filesystem::temp_directory_path()}};
  Attachments attachments{desk};

 private:
  static std::int64_t NumberAfter(const std::string& sql, std::string_view mark) {
    std::int64_t number = 0;
    const std::size_t at = sql.find(mark);
    if (at == std::string::npos) return number;
    const char* begin = sql.data() + at + mark.size();
    std::from_chars(begin, sql.data() + sql.size(), number);
    return number;
  }
  [[nodiscard]] std::map<std::int64_t, Document>& RowsOf(const Call& call) {
    return call.spec.environment.at("PGDATABASE") == kSide ? backup_rows : live_rows;
  }
  static bool IsAskedFor(const std::string& sql, std::int64_t id, const Document& row) {
    const std::size_t list = sql.find(" IN (");
    if (list == std::string::npos) {
      return NumberAfter(sql, " WHERE id = ") == id ||
             (!row.checksum.empty() && sql.find("'" + row.checksum + "'") != std::string::npos);
    }
    const std::string ids = sql.substr(list + 5, sql.find(')', list) - list - 5);
    for (const std::string& one : Split(ids, ',')) {
      if (TrimSpace(one) == std::to_string(id)) return true;
    }
    return false;
  }
  Answer Select(const Call& call) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [id, row] : RowsOf(call)) {
      if (!IsAskedFor(call.sql, id, row)) continue;
      boost::json::object told{{"id", id},
                               {"name", row.name},
                               {"checksum", row.checksum},
                               {"store_name", row.store_name},
                               {"in_row", !row.in_row.empty()},
                               {"c0", row.name},
                               {"c1", row.store_name},
                               {"c2", row.checksum}};
      told["bytes"] = nullptr;
      if (!row.in_row.empty()) told["bytes"] = row.in_row.size() / 2;
      rows.push_back({boost::json::serialize(told)});
    }
    return trio.programs.Rows(rows);
  }
  Answer Insert(const Call& call) {
    on_insert();
    inserted.push_back(call.sql);
    std::int64_t id = NumberAfter(call.sql, "ir_attachment WHERE id = ");
    const Document row = backup_rows.at(id);
    if (live_rows.contains(id)) id = live_rows.rbegin()->first + 1000;
    live_rows[id] = row;
    return {std::to_string(id) + "\n"};
  }
  Answer FilesThere(const Call& call) {
    const auto world = trio.files.world();
    std::string output;
    for (const std::string& name : SplitLines(call.sql)) {
      if (world.files.contains(call.spec.argv.back() + "/" + name)) output += name + "\n";
    }
    return {output};
  }
};

}  // namespace reprise::rescue::testing
