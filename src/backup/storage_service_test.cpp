#include "backup/storage_service.hpp"

#include <gtest/gtest.h>

#include "backup/backup_service.hpp"
#include "base/hash.hpp"
#include "base/hex.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "domain/backup.hpp"
#include "storage/local_store.hpp"
#include "storage/memory_store.hpp"
#include "storage/recovery_sheet.hpp"
#include "storage/sealed_reader.hpp"

// Storages that take sealed archives, and the keys of their organization.
namespace reprise::backup {
namespace {

using domain::Backup;

class SealedStorageTest : public ::testing::Test {
 protected:
  domain::StorageConfig MakeStorage(bool encrypts) {
    domain::StorageConfig config;
    config.organization_id = project_.organization_id;
    config.provider = domain::StorageProvider::kLocal;
    StorageChange with;
    with.name = encrypts ? "sealed" : "plain";
    with.encrypts_archives = encrypts;
    with.settings["folder"] = folder_.path();
    return service_.Create(config, with).value();
  }
  Result<Backup> Import(const domain::StorageConfig& into, const std::string& content) {
    StringReader archive(content);
    ImportOrder order;
    order.storage_config_id = into.id;
    return backup_service_.Import(Context(), order, archive);
  }
  Result<std::string> Read(storage::ObjectStore& store, const std::string& address) {
    ASSIGN_OR_RETURN(const auto object, store.Open(Context(), address));
    RangeReader range(*object, 0, object->size());
    return ReadAll(Context(), range, 1 << 20);
  }
  // What somebody who has the storage but not the keys sees.
  std::string Stored(const Backup& backup) { return Read(below_, backup.storage_key).value(); }
  std::string Plain(const Backup& backup) {
    return Read(store_, domain::StorageAddressOf(backup)).value();
  }
  static Sealer MakeSealer() {
    return {[](std::string_view text, std::string_view whose) {
              return std::string(whose) + ToHex(text);
            },
            [](std::string_view sealed, std::string_view whose) -> Result<std::string> {
              if (sealed.starts_with(whose)) return FromHex(sealed.substr(whose.size()));
              return Fail(ErrorCode::kInternal, "another row's");
            }};
  }

  ManualClock clock_{FromMicros(1'733'914'800'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::testing::TemporaryFolder folder_;
  catalog::StorageStore configs_{catalog_.database()};
  catalog::ArchiveKeyStore rows_{catalog_.database()};
  ArchiveKeys keys_{{rows_, clock_, MakeSealer()}};
  StorageService service_{
      {configs_, clock_, MakeSealer(), keys_, storage::PrivateEndpoints::kRefuse}};
  storage::MemoryStore own_{clock_};
  storage::LocalStore below_{folder_.path()};
  storage::RoutedStore store_{own_, service_};
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::TenancyStore tenancy_{catalog_.database()};
  catalog::Project project_ = tenancy_.DefaultProject().value();
  jobs::Journal journal_{catalog_.database(), clock_};
  BackupService backup_service_{
      {backups_, environments_, tenancy_, journal_, store_, clock_, &keys_}};
};

TEST_F(SealedStorageTest, TheFirstStorageThatEncryptsMakesTheFirstKey) {
  MakeStorage(false);
  EXPECT_TRUE(keys_.List(project_.organization_id)->empty());
  MakeStorage(true);
  EXPECT_EQ(keys_.List(project_.organization_id)->size(), 1U);
}

TEST_F(SealedStorageTest, AnArchiveLiesSealedAndIsReadAsItWas) {
  const auto backup = Import(MakeStorage(true), "an archive");
  ASSERT_TRUE(backup) << backup.error().Sentence();
  EXPECT_TRUE(domain::IsSealed(*backup));
  EXPECT_TRUE(storage::LooksSealed(Stored(*backup)));
  EXPECT_EQ(Plain(*backup), "an archive");
  // The catalog tells of what is downloaded, not of how it lies there.
  EXPECT_EQ(backup->sha256, HashOf(HashKind::kSha256, "an archive"));
  EXPECT_EQ(backup->compressed_size, 10U);
  EXPECT_EQ(store_.Stat(Context(), domain::StorageAddressOf(*backup))->size, 10U);
}

TEST_F(SealedStorageTest, SwitchingItOnOrOffLeavesWhatIsThereReadable) {
  const domain::StorageConfig storage = MakeStorage(false);
  const Backup plain = Import(storage, "plain one").value();
  StorageChange on;
  on.encrypts_archives = true;
  ASSERT_TRUE(service_.Change(storage.id, on));
  const Backup sealed = Import(storage, "sealed one").value();
  EXPECT_FALSE(domain::IsSealed(plain));
  EXPECT_TRUE(storage::LooksSealed(Stored(sealed)));
  StorageChange off;
  off.encrypts_archives = false;
  clock_.Advance(std::chrono::seconds(1));
  ASSERT_TRUE(service_.Change(storage.id, off));
  EXPECT_EQ(Stored(Import(storage, "plain again").value()), "plain again");
  EXPECT_EQ(Plain(plain), "plain one");
  EXPECT_EQ(Plain(sealed), "sealed one");
}

TEST_F(SealedStorageTest, AfterARotationOldAndNewArchivesAreRead) {
  const domain::StorageConfig storage = MakeStorage(true);
  const Backup before = Import(storage, "before").value();
  clock_.Advance(std::chrono::seconds(1));
  const auto key = keys_.Rotate(project_.organization_id).value();
  const Backup after = Import(storage, "after").value();
  EXPECT_EQ(storage::ParseSealedHeader(Stored(after))->key_id, key.id);
  EXPECT_NE(storage::ParseSealedHeader(Stored(before))->key_id, key.id);
  EXPECT_EQ(Plain(before), "before");
  EXPECT_EQ(Plain(after), "after");
}

TEST_F(SealedStorageTest, TheRecoverySheetAloneOpensTheStoredObject) {
  const domain::StorageConfig storage = MakeStorage(true);
  const Backup before = Import(storage, "before").value();
  clock_.Advance(std::chrono::seconds(1));
  ASSERT_TRUE(keys_.Rotate(project_.organization_id));
  const Backup after = Import(storage, "after").value();
  const std::string sheet = keys_.RecoverySheet(project_.organization_id, "default").value();
  storage::ListedKeys ring(storage::ReadRecoverySheet(sheet).value());
  for (const auto& [backup, content] : {std::pair(before, "before"), std::pair(after, "after")}) {
    const auto opened =
        storage::OpenSealed(Context(), std::make_unique<StringSource>(Stored(backup)), ring, "");
    ASSERT_TRUE(opened) << opened.error().Sentence();
    RangeReader range(**opened, 0, (*opened)->size());
    EXPECT_EQ(ReadAll(Context(), range, 100).value(), content);
  }
}

TEST_F(SealedStorageTest, ASealedUploadIsOpenedWithTheOrganizationsKeyOrRefused) {
  const domain::StorageConfig storage = MakeStorage(true);
  const std::string sealed = Stored(Import(storage, "an archive").value());
  const auto again = Import(MakeStorage(false), sealed);
  ASSERT_TRUE(again) << again.error().Sentence();
  EXPECT_EQ(Stored(*again), "an archive");
  EXPECT_EQ(again->sha256, HashOf(HashKind::kSha256, "an archive"));

  const auto cut = Import(storage, sealed.substr(0, sealed.size() - 1));
  EXPECT_EQ(cut.error().code, ErrorCode::kArchiveCorrupt);
  storage::SealedHeader header;
  const auto cipher = storage::SegmentCipher::ForNew(storage::NewArchiveKey(clock_.Now()), "x",
                                                     storage::kSegmentLog2, header);
  const std::string foreign =
      header.bound + header.wrapped + cipher.Seal(BytesOf("y"), 0, storage::SegmentPlace::kLast);
  const auto refused = Import(storage, foreign);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFormatUnsupported);
  EXPECT_NE(refused.error().message.find(header.key_id), std::string::npos);
}

TEST_F(SealedStorageTest, NobodyElsesKeyIsFound) {
  MakeStorage(true);
  const std::string id = keys_.List(project_.organization_id)->front().id;
  EXPECT_TRUE(keys_.RingOf(project_.organization_id)->Find(Context(), id));
  const auto found = keys_.RingOf({"another"})->Find(Context(), id);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(keys_.RecoverySheet({"another"}, "another").error().code, ErrorCode::kConflict);
}

TEST_F(SealedStorageTest, ItsTestWritesASealedObject) {
  const auto steps = service_.Test(Context(), MakeStorage(true).id).value();
  for (const storage::CheckStep& step : steps) {
    EXPECT_FALSE(step.failure) << step.name << ": " << step.failure->Sentence();
  }
  EXPECT_TRUE(below_.List(Context(), "")->empty());
}

}  // namespace
}  // namespace reprise::backup
