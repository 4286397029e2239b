#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "storage/object_store.hpp"

// What every ObjectStore must do. A store's test instantiates it with a type that is default
// constructible and has `ObjectStore& store()`, empty at first. One whose server may not be there
// has `static std::string Missing()` too: why, or "".
//   INSTANTIATE_TYPED_TEST_SUITE_P(Local, ObjectStoreConformance, LocalStoreForTest);
namespace reprise::storage {

template <class Stage>
class ObjectStoreConformance : public ::testing::Test {
 protected:
  void SetUp() override {
    if constexpr (requires { Stage::Missing(); }) {
      if (const std::string why = Stage::Missing(); !why.empty()) GTEST_SKIP() << why;
    }
    stage_.emplace();
  }
  ObjectStore& store() { return stage_->store(); }

  void Put(std::string_view key, std::string_view content) {
    auto writer = store().Create(ctx_, key);
    ASSERT_TRUE(writer) << writer.error().Sentence();
    ASSERT_TRUE((*writer)->Write(ctx_, BytesOf(content)));
    const Status closed = (*writer)->Close(ctx_);
    ASSERT_TRUE(closed) << closed.error().Sentence();
  }
  std::string Get(std::string_view key) {
    auto reader = store().Open(ctx_, key);
    if (!reader) return "no object: " + reader.error().Sentence();
    return ReadRange(**reader, 0, static_cast<std::size_t>((*reader)->size()));
  }
  std::string ReadRange(RandomReader& reader, ByteCount offset, std::size_t length) {
    std::string text(length, '?');
    const auto count = reader.ReadAt(ctx_, offset, std::as_writable_bytes(std::span(text)));
    if (!count) return "failed: " + count.error().Sentence();
    text.resize(*count);
    return text;
  }
  std::vector<std::string> Keys(std::string_view prefix) {
    std::vector<std::string> keys;
    const auto objects = store().List(ctx_, prefix);
    EXPECT_TRUE(objects) << objects.error().Sentence();
    if (!objects) return keys;
    for (const ObjectInfo& object : *objects) keys.push_back(object.key);
    return keys;
  }
  ErrorCode CodeOfOpen(std::string_view key) {
    const auto reader = store().Open(ctx_, key);
    return reader ? ErrorCode::kInternal : reader.error().code;
  }

  Context ctx_;
  std::optional<Stage> stage_;
};
TYPED_TEST_SUITE_P(ObjectStoreConformance);

TYPED_TEST_P(ObjectStoreConformance, GivesBackWhatWasPut) {
  this->Put("org/env/backup-1.zip", "hello");
  EXPECT_EQ(this->Get("org/env/backup-1.zip"), "hello");
  const auto info = this->store().Stat(this->ctx_, "org/env/backup-1.zip");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->key, "org/env/backup-1.zip");
  EXPECT_EQ(info->size, 5U);
}

TYPED_TEST_P(ObjectStoreConformance, KeepsAnEmptyObject) {
  this->Put("empty", "");
  EXPECT_EQ(this->Get("empty"), "");
  EXPECT_EQ(this->Keys(""), std::vector<std::string>{"empty"});
}

TYPED_TEST_P(ObjectStoreConformance, KeepsALargeObjectWrittenInPieces) {
  std::string content;
  auto writer = this->store().Create(this->ctx_, "large");
  ASSERT_TRUE(writer);
  for (int piece = 0; piece < 140; ++piece) {
    const std::string bytes(100'003, static_cast<char>('a' + piece % 26));
    ASSERT_TRUE((*writer)->Write(this->ctx_, BytesOf(bytes)));
    content += bytes;
  }
  ASSERT_TRUE((*writer)->Close(this->ctx_));
  EXPECT_TRUE(this->Get("large") == content);
}

TYPED_TEST_P(ObjectStoreConformance, ReadsRanges) {
  this->Put("ranged", "0123456789");
  const auto reader = this->store().Open(this->ctx_, "ranged");
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->size(), 10U);
  EXPECT_EQ(this->ReadRange(**reader, 0, 1), "0");
  EXPECT_EQ(this->ReadRange(**reader, 3, 4), "3456");
  EXPECT_EQ(this->ReadRange(**reader, 8, 100), "89");
  EXPECT_EQ(this->ReadRange(**reader, 10, 5), "");
  EXPECT_EQ(this->ReadRange(**reader, 1000, 5), "");
}

TYPED_TEST_P(ObjectStoreConformance, ShowsNothingBeforeClose) {
  auto writer = this->store().Create(this->ctx_, "a/unfinished");
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->Write(this->ctx_, BytesOf("half")));
  EXPECT_EQ(this->CodeOfOpen("a/unfinished"), ErrorCode::kNotFound);
  EXPECT_TRUE(this->Keys("").empty());
}

TYPED_TEST_P(ObjectStoreConformance, LeavesNothingOfAnAbandonedWrite) {
  this->Put("kept", "old");
  for (const std::string_view key : {"kept", "never"}) {
    auto writer = this->store().Create(this->ctx_, key);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->Write(this->ctx_, BytesOf("half")));
  }
  EXPECT_EQ(this->Get("kept"), "old");
  EXPECT_EQ(this->Keys(""), std::vector<std::string>{"kept"});
}

TYPED_TEST_P(ObjectStoreConformance, ReplacesAnObjectOnlyWhenClosed) {
  this->Put("replaced", "old");
  auto writer = this->store().Create(this->ctx_, "replaced");
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->Write(this->ctx_, BytesOf("new and longer")));
  EXPECT_EQ(this->Get("replaced"), "old");
  ASSERT_TRUE((*writer)->Close(this->ctx_));
  EXPECT_EQ(this->Get("replaced"), "new and longer");
}

// A provider that cannot keep the old bytes for a reader must fail, not mix old and new.
TYPED_TEST_P(ObjectStoreConformance, NeverMixesOldAndNewForAReader) {
  this->Put("mixed", "old old old");
  const auto reader = this->store().Open(this->ctx_, "mixed");
  ASSERT_TRUE(reader);
  this->Put("mixed", "new new new");
  std::string text(11, '?');
  const auto count = (*reader)->ReadAt(this->ctx_, 0, std::as_writable_bytes(std::span(text)));
  if (count) {
    EXPECT_EQ(text, "old old old");
  }
}

TYPED_TEST_P(ObjectStoreConformance, SaysNotFoundForAMissingKey) {
  EXPECT_EQ(this->CodeOfOpen("missing"), ErrorCode::kNotFound);
  EXPECT_EQ(this->CodeOfOpen("missing/below"), ErrorCode::kNotFound);
  const auto info = this->store().Stat(this->ctx_, "missing");
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, ErrorCode::kNotFound);
}

TYPED_TEST_P(ObjectStoreConformance, DeletesOnceAndAgain) {
  this->Put("gone", "x");
  EXPECT_TRUE(this->store().Delete(this->ctx_, "gone"));
  EXPECT_EQ(this->CodeOfOpen("gone"), ErrorCode::kNotFound);
  EXPECT_TRUE(this->store().Delete(this->ctx_, "gone"));
  EXPECT_TRUE(this->store().Delete(this->ctx_, "never/was"));
}

TYPED_TEST_P(ObjectStoreConformance, ListsByPrefixSortedByKey) {
  for (const std::string_view key : {"b/2", "b/10", "a", "b.x", "bc/1", "b/deep/er"}) {
    this->Put(key, key);
  }
  using Keys = std::vector<std::string>;
  EXPECT_EQ(this->Keys(""), (Keys{"a", "b.x", "b/10", "b/2", "b/deep/er", "bc/1"}));
  EXPECT_EQ(this->Keys("b/"), (Keys{"b/10", "b/2", "b/deep/er"}));
  EXPECT_EQ(this->Keys("b"), (Keys{"b.x", "b/10", "b/2", "b/deep/er", "bc/1"}));
  EXPECT_EQ(this->Keys("b/1"), Keys{"b/10"});
  EXPECT_EQ(this->Keys("nothing/"), Keys{});
}

TYPED_TEST_P(ObjectStoreConformance, RefusesKeysOutsideTheGrammar) {
  for (const std::string_view key : {"", "/a", "a/", "a//b", "..", "a/../b", "./a", "a b", "a\\b",
                                     "a\nb", "ä", "a?b", "%2e%2e"}) {
    SCOPED_TRACE(key);
    const auto writer = this->store().Create(this->ctx_, key);
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(this->CodeOfOpen(key), ErrorCode::kInvalidArgument);
    const Status deleted = this->store().Delete(this->ctx_, key);
    ASSERT_FALSE(deleted);
    EXPECT_EQ(deleted.error().code, ErrorCode::kInvalidArgument);
  }
  const auto listed = this->store().List(this->ctx_, "../");
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, ErrorCode::kInvalidArgument);
}

TYPED_TEST_P(ObjectStoreConformance, StopsWhenCancelled) {
  this->Put("there", "x");
  std::stop_source stop;
  auto writer = this->store().Create(this->ctx_, "cancelled");
  ASSERT_TRUE(writer);
  stop.request_stop();
  const Context cancelled(stop.get_token());
  const auto created = this->store().Create(cancelled, "other");
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::kCancelled);
  EXPECT_FALSE((*writer)->Write(cancelled, BytesOf("x")));
  EXPECT_FALSE(this->store().Stat(cancelled, "there"));
}

TYPED_TEST_P(ObjectStoreConformance, TakesWritersOnSeveralThreads) {
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([this, number] {
      for (int round = 0; round < 5; ++round) {
        this->Put("parallel/" + std::to_string(number), std::string(1000, 'x'));
      }
    });
  }
  threads.clear();
  EXPECT_EQ(this->Keys("parallel/").size(), 4U);
}

REGISTER_TYPED_TEST_SUITE_P(ObjectStoreConformance, GivesBackWhatWasPut, KeepsAnEmptyObject,
                            KeepsALargeObjectWrittenInPieces, ReadsRanges, ShowsNothingBeforeClose,
                            LeavesNothingOfAnAbandonedWrite, ReplacesAnObjectOnlyWhenClosed,
                            NeverMixesOldAndNewForAReader, SaysNotFoundForAMissingKey,
                            DeletesOnceAndAgain, ListsByPrefixSortedByKey,
                            RefusesKeysOutsideTheGrammar, StopsWhenCancelled,
                            TakesWritersOnSeveralThreads);

}  // namespace reprise::storage
