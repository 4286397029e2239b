#include "domain/names.hpp"

#include <fmt/format.h>

#include <cctype>

namespace reprise::domain {
namespace {

// `base` + `mark`, with `base` cut (not inside a UTF-8 character) so that both fit.
std::string Fitted(std::string_view base, const std::string& mark, std::size_t reserve = 0) {
  std::size_t room = kLongestDatabaseName - mark.size() - reserve;
  if (base.size() > room) {
    while (room > 0 && (static_cast<unsigned char>(base[room]) & 0xC0U) == 0x80U) --room;
    base = base.substr(0, room);
  }
  return std::string(base) + mark;
}

constexpr std::size_t kEpochDigits = 6;

}  // namespace

std::string ShortId(std::string_view uuid) {
  std::string digits;
  for (const char c : uuid) {
    if (c != '-') digits.push_back(c);
  }
  return digits.size() <= 8 ? digits : digits.substr(digits.size() - 8);
}

std::string SideDatabasePrefix(std::string_view db_name, std::string_view restore_id) {
  return Fitted(db_name, fmt::format("__r{}_", ShortId(restore_id)), kEpochDigits);
}

std::string SideDatabaseName(std::string_view db_name, std::string_view restore_id,
                             std::int64_t epoch) {
  return SideDatabasePrefix(db_name, restore_id) + std::to_string(epoch % 1'000'000);
}

std::string OldDatabaseName(std::string_view db_name, std::string_view restore_id) {
  return Fitted(db_name, fmt::format("__old_{}", ShortId(restore_id)));
}

std::string LoaderRolePrefix(std::string_view restore_id) {
  return fmt::format("reprise_r{}_", ShortId(restore_id));
}

std::string LoaderRoleName(std::string_view restore_id, std::int64_t epoch) {
  return fmt::format("{}{}", LoaderRolePrefix(restore_id), epoch);
}

std::string DatabaseNameFor(std::string_view environment_name) {
  std::string name;
  for (const char c : environment_name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      name.push_back(static_cast<char>(std::tolower(byte)));
    } else if (!name.empty() && name.back() != '-') {
      name.push_back('-');
    }
  }
  if (name.size() > kLongestDatabaseName) name.resize(kLongestDatabaseName);
  while (!name.empty() && name.back() == '-') name.pop_back();
  if (name.empty()) return "odoo";
  // PostgreSQL's own: what administers the others cannot be renamed or dropped by a restore.
  const bool of_postgres = name == "postgres" || name == "template0" || name == "template1";
  return of_postgres ? name + "-odoo" : name;
}

}  // namespace reprise::domain
