#include "domain/quota.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace reprise::domain {
namespace {

TEST(QuotaTest, WhatIsNotLimitedIsNeverRefused) {
  const Quota none;
  EXPECT_TRUE(CheckStoredBytes("acme", none, std::numeric_limits<ByteCount>::max(), 1));
  EXPECT_TRUE(CheckOneEnvironmentMore("acme", none, 1'000'000));
  EXPECT_TRUE(CheckOneTaskMore("acme", none, 1'000'000));
}

TEST(QuotaTest, BytesFitUpToTheLimitAndNotOneMore) {
  const Quota quota{.stored_bytes = 100};
  EXPECT_TRUE(CheckStoredBytes("acme", quota, 60, 40));
  EXPECT_EQ(CheckStoredBytes("acme", quota, 60, 41).error().code, ErrorCode::kQuotaExceeded);
  // Lowered below what is there already, and sums that do not fit into 64 bits.
  EXPECT_FALSE(CheckStoredBytes("acme", quota, 101, 0));
  EXPECT_FALSE(CheckStoredBytes("acme", quota, 60, std::numeric_limits<ByteCount>::max()));
}

TEST(QuotaTest, TheSentenceSaysLimitUseAndWhatToDo) {
  const Error bytes =
      CheckStoredBytes("acme", {.stored_bytes = 2'000'000'000}, 1'990'000'000, 50'000'000).error();
  EXPECT_EQ(
      bytes.message,
      "the organization \"acme\" may store 2.00 GB of backups and stores 1.99 GB: there is no "
      "room for another 50.00 MB");
  EXPECT_EQ(bytes.hint,
            "delete backups that nobody needs any more, or ask an administrator of the "
            "installation for a larger quota");
  EXPECT_EQ(CheckOneEnvironmentMore("acme", {.environments = 3}, 3).error().message,
            "the organization \"acme\" may have 3 environments and has 3");
  EXPECT_EQ(CheckOneTaskMore("acme", {.active_tasks = 2}, 5).error().message,
            "the organization \"acme\" may have 2 tasks queued or running and has 5");
}

TEST(QuotaTest, CountsFitBelowTheLimit) {
  EXPECT_TRUE(CheckOneEnvironmentMore("acme", {.environments = 3}, 2));
  EXPECT_FALSE(CheckOneEnvironmentMore("acme", {.environments = 0}, 0));
  EXPECT_TRUE(CheckOneTaskMore("acme", {.active_tasks = 2}, 1));
  EXPECT_FALSE(CheckOneTaskMore("acme", {.active_tasks = 2}, 2));
}

TEST(QuotaTest, WhatPutsBackOrMakesRoomIsNotBound) {
  for (const TaskKind kind : {TaskKind::kUndo, TaskKind::kRelease, TaskKind::kRemove,
                              TaskKind::kUnmount, TaskKind::kRollback, TaskKind::kDropSnapshot}) {
    EXPECT_FALSE(IsBoundByQuota(kind)) << NameOf(kind);
  }
  for (const TaskKind kind :
       {TaskKind::kBackup, TaskKind::kRestore, TaskKind::kImport, TaskKind::kVerify,
        TaskKind::kDeploy, TaskKind::kDrill, TaskKind::kMount, TaskKind::kSnapshot}) {
    EXPECT_TRUE(IsBoundByQuota(kind)) << NameOf(kind);
  }
}

TEST(QuotaTest, NoQuotaKeepsASafetyBackupFromBeingTaken) {
  EXPECT_FALSE(IsBoundByQuota(BackupType::kPreRestore));
  for (const BackupType type : {BackupType::kManual, BackupType::kScheduled, BackupType::kImported,
                                BackupType::kPreUpgrade, BackupType::kPreDestroy}) {
    EXPECT_TRUE(IsBoundByQuota(type)) << NameOf(type);
  }
}

}  // namespace
}  // namespace reprise::domain
