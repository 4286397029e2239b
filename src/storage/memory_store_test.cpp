#include "storage/memory_store.hpp"

#include "storage/object_store_conformance.hpp"

namespace reprise::storage {
namespace {

class MemoryStoreStage {
 public:
  ObjectStore& store() { return store_; }

 private:
  ManualClock clock_;
  MemoryStore store_{clock_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, ObjectStoreConformance, MemoryStoreStage);

TEST(MemoryStore, IsFullAtItsCapacity) {
  const ManualClock clock;
  MemoryStore store(clock, 10);
  auto writer = store.Create(Context(), "a");
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->Write(Context(), BytesOf("12345678")));
  const Status status = (*writer)->Write(Context(), BytesOf("9ab"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kNoSpace);
}

}  // namespace
}  // namespace reprise::storage
