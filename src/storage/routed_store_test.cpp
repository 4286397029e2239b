#include "storage/routed_store.hpp"

#include "storage/memory_store.hpp"
#include "storage/object_store_conformance.hpp"
#include "storage/store_check.hpp"
#include "storage/store_factory.hpp"

namespace reprise::storage {
namespace {

class OneOther final : public StoreDirectory {
 public:
  explicit OneOther(std::shared_ptr<ObjectStore> store) : store_(std::move(store)) {}
  [[nodiscard]] Result<std::shared_ptr<ObjectStore>> Find(const Context&,
                                                          std::string_view name) override {
    if (name == "other") return store_;
    return Fail(ErrorCode::kNotFound, "there is no such storage");
  }

 private:
  std::shared_ptr<ObjectStore> store_;
};

class RoutedStoreStage {
 public:
  ObjectStore& store() { return routed_; }

 private:
  ManualClock clock_;
  MemoryStore own_{clock_};
  OneOther others_{nullptr};
  RoutedStore routed_{own_, others_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Routed, ObjectStoreConformance, RoutedStoreStage);

TEST(RoutedStore, KeepsWhatIsAddressedToAnotherStoreThere) {
  const ManualClock clock;
  MemoryStore own(clock);
  const auto other = std::make_shared<MemoryStore>(clock);
  OneOther others(other);
  RoutedStore routed(own, others);
  auto writer = routed.Create(Context(), "other:a/b").value();
  ASSERT_TRUE(writer->Write(Context(), BytesOf("x")));
  ASSERT_TRUE(writer->Close(Context()));
  EXPECT_TRUE(other->Stat(Context(), "a/b"));
  EXPECT_FALSE(own.Stat(Context(), "a/b"));
  EXPECT_TRUE(routed.Open(Context(), "other:a/b"));
  EXPECT_EQ(routed.List(Context(), "other:a").value().size(), 1U);
  ASSERT_TRUE(routed.Delete(Context(), "other:a/b"));
  EXPECT_FALSE(other->Stat(Context(), "a/b"));
}

TEST(RoutedStore, DoesNotTakeAnUnknownStorageForAMissingObject) {
  const ManualClock clock;
  MemoryStore own(clock);
  OneOther others(nullptr);
  RoutedStore routed(own, others);
  EXPECT_EQ(routed.Stat(Context(), "gone:a").error().code, ErrorCode::kStorageFailed);
  EXPECT_EQ(routed.Delete(Context(), "gone:a").error().code, ErrorCode::kStorageFailed);
}

TEST(StoreCheck, TriesAllThatIsNeededAndLeavesNothing) {
  const ManualClock clock;
  MemoryStore store(clock);
  const auto steps = CheckStore(Context(), store);
  ASSERT_EQ(steps.size(), 5U);
  for (const CheckStep& step : steps) EXPECT_FALSE(step.failure) << step.name;
  EXPECT_TRUE(store.List(Context(), "").value().empty());
}

TEST(StoreCheck, SaysWhichStepFailedAndTriesNoneThatNeedsIt) {
  const ManualClock clock;
  MemoryStore store(clock, 10);
  const auto steps = CheckStore(Context(), store);
  ASSERT_EQ(steps.size(), 5U);
  EXPECT_EQ(steps[0].name, "write");
  ASSERT_TRUE(steps[0].failure);
  EXPECT_EQ(steps[0].failure->code, ErrorCode::kNoSpace);
  EXPECT_TRUE(steps[1].skipped);
  EXPECT_TRUE(steps[2].skipped);
  EXPECT_FALSE(steps[3].skipped) << "listing needs no object";
}

TEST(StoreFactory, SaysWhichFieldIsMissingOrWrong) {
  const ManualClock clock;
  const auto field_of = [&](const StoreSpec& spec) {
    const auto made = MakeStore(spec, clock, PrivateEndpoints::kAllow);
    return made ? std::string("none") : made.error().field;
  };
  EXPECT_EQ(field_of({"s3", {}, {}}), "/settings/bucket");
  EXPECT_EQ(field_of({"minio", {{"bucket", "b"}}, {}}), "/settings/endpoint");
  EXPECT_EQ(field_of({"s3", {{"bucket", "b"}}, {}}), "/secrets/access_key_id");
  EXPECT_EQ(field_of({"s3",
                      {{"bucket", "b"}, {"endpoint", "ftp://x"}},
                      {{"access_key_id", "a"}, {"secret_access_key", "s"}}}),
            "/settings/endpoint");
  EXPECT_EQ(field_of({"s3",
                      {{"bucket", "b"}, {"prefix", "../x"}},
                      {{"access_key_id", "a"}, {"secret_access_key", "s"}}}),
            "/settings/prefix");
  EXPECT_EQ(
      field_of({"s3", {{"bucket", "b"}}, {{"access_key_id", "a"}, {"secret_access_key", "s"}}}),
      "none");
  EXPECT_EQ(field_of({"local", {}, {}}), "/settings/folder");
}

}  // namespace
}  // namespace reprise::storage
