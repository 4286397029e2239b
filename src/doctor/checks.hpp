#pragma once

#include <filesystem>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "catalog/database.hpp"
#include "doctor/doctor.hpp"

// The parts of Examine.
namespace reprise::doctor {

using Findings = std::vector<Finding>;

[[nodiscard]] Finding Ok(std::string name, std::string sentence);
[[nodiscard]] Finding Warn(std::string name, std::string sentence, std::string fix);
[[nodiscard]] Finding Bad(std::string name, std::string sentence, std::string fix);
// The failure as it tells itself, with its hint.
[[nodiscard]] Finding Bad(std::string name, const Error& error);

// A folder of the server's: there, its own, closed to others where `is_private`, writable, roomy.
[[nodiscard]] Findings CheckFolder(const std::string& name, const std::filesystem::path& folder,
                                   bool is_private);
// admin.token, secret.key and proof.key. A missing one is no trouble before the first start.
[[nodiscard]] Findings CheckKeys(const std::filesystem::path& data, bool is_shared, bool is_new);
[[nodiscard]] Finding CheckPort(const std::string& host, int port);
[[nodiscard]] Finding CheckFileLimit();
[[nodiscard]] Finding CheckClock(Instant now);
[[nodiscard]] Finding CheckSsh(bool is_needed);

// The catalog as it is, never brought up to date; what it holds is looked at when `database` was
// opened.
struct CatalogState {
  Findings findings;
  bool is_current = false;  // of this program's schema: may be opened
  bool is_new = false;      // there is none yet
};
[[nodiscard]] CatalogState CheckSqlite(const std::filesystem::path& file, Instant now);
[[nodiscard]] CatalogState CheckPostgres(const std::string& url, Instant now);

[[nodiscard]] Finding CheckEngine(const Context& ctx, const std::string& docker);
// Every enrolled server and every storage configuration.
[[nodiscard]] Findings CheckReachable(const Context& ctx, const Installation& installation,
                                      catalog::Database& database);

}  // namespace reprise::doctor
