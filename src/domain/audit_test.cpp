#include "domain/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace reprise::domain {
namespace {

using ::testing::HasSubstr;

std::vector<AuditEntry> Chain(int length) {
  std::vector<AuditEntry> rows;
  for (int i = 1; i <= length; ++i) {
    AuditEntry entry;
    entry.number = i;
    entry.at = FromMicros(1'000'000 + i);
    entry.actor = AuditActor::kUser;
    entry.actor_name = "ann@x.test";
    entry.action = "deleteBackup";
    entry.object_id = std::to_string(i);
    entry.status = 204;
    entry.details = "{}";
    entry.previous_hash = rows.empty() ? AuditGenesis() : rows.back().hash;
    entry.hash = HashOf(entry);
    rows.push_back(entry);
  }
  return rows;
}

Status Verify(const std::vector<AuditEntry>& rows,
              AuditChain::Extent extent = AuditChain::Extent::kWhole) {
  AuditChain chain(extent);
  for (const AuditEntry& row : rows) RETURN_IF_ERROR(chain.Add(row));
  return {};
}

TEST(AuditChain, HoldsForWhatWasWritten) { EXPECT_TRUE(Verify(Chain(20))); }

TEST(AuditChain, FindsAChangeOfAnyField) {
  const std::vector<std::function<void(AuditEntry&)>> changes = {
      [](AuditEntry& e) { e.at += std::chrono::microseconds(1); },
      [](AuditEntry& e) { e.actor = AuditActor::kToken; },
      [](AuditEntry& e) { e.actor_id = "x"; },
      [](AuditEntry& e) { e.actor_name = "bob@x.test"; },
      [](AuditEntry& e) { e.token_id = "x"; },
      [](AuditEntry& e) { e.address = "x"; },
      [](AuditEntry& e) { e.request_id = "x"; },
      [](AuditEntry& e) { e.action = "getBackup"; },
      [](AuditEntry& e) { e.object_kind = "x"; },
      [](AuditEntry& e) { e.object_id = "7"; },
      [](AuditEntry& e) { e.organization_id = "x"; },
      [](AuditEntry& e) { e.project_id = "x"; },
      [](AuditEntry& e) { e.result = AuditResult::kRefused; },
      [](AuditEntry& e) { e.status = 200; },
      [](AuditEntry& e) { e.details = "{\"a\":1}"; },
      [](AuditEntry& e) { e.hash[0] = e.hash[0] == 'a' ? 'b' : 'a'; },
      // The same characters, divided otherwise.
      [](AuditEntry& e) {
        e.action = "deleteBacku";
        e.object_kind = "p";
      },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    std::vector<AuditEntry> rows = Chain(5);
    changes.at(i)(rows[2]);
    const Status status = Verify(rows);
    ASSERT_FALSE(status) << "change " << i;
    EXPECT_EQ(status.error().code, ErrorCode::kArchiveCorrupt);
    EXPECT_THAT(status.error().message, HasSubstr("row 3"));
    EXPECT_FALSE(Verify(rows, AuditChain::Extent::kPart)) << "change " << i;
  }
}

TEST(AuditChain, FindsARowWhoseOwnHashWasMadeToFit) {
  std::vector<AuditEntry> rows = Chain(5);
  rows[2].actor_name = "somebody else";
  rows[2].hash = HashOf(rows[2]);
  const Status status = Verify(rows);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("row 4"));
}

TEST(AuditChain, FindsRowsThatAreRemovedOrInAnotherOrder) {
  std::vector<AuditEntry> removed = Chain(5);
  removed.erase(removed.begin() + 2);
  EXPECT_FALSE(Verify(removed));
  std::vector<AuditEntry> first = Chain(5);
  first.erase(first.begin());
  EXPECT_FALSE(Verify(first));
  std::vector<AuditEntry> swapped = Chain(5);
  std::swap(swapped[1], swapped[3]);
  EXPECT_FALSE(Verify(swapped));
  EXPECT_FALSE(Verify(swapped, AuditChain::Extent::kPart));
}

TEST(AuditChain, TakesAPartWithGaps) {
  std::vector<AuditEntry> rows = Chain(6);
  rows.erase(rows.begin() + 1, rows.begin() + 3);
  EXPECT_FALSE(Verify(rows));
  EXPECT_TRUE(Verify(rows, AuditChain::Extent::kPart));
}

}  // namespace
}  // namespace reprise::domain
