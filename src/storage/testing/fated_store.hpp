#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/testing/fate.hpp"
#include "storage/object_store.hpp"

namespace reprise::storage::testing {

// A store as one process sees it: each call, also on what it opened, is made only as far as fate
// lets it. What is read may arrive altered.
class FatedStore final : public ObjectStore {
 public:
  // Both must outlive it and what it opened.
  FatedStore(ObjectStore& store, reprise::testing::Fate& fate) : store_(store), fate_(fate) {}

  Result<std::unique_ptr<ObjectWriter>> Create(const Context& ctx, std::string_view key) override {
    return Do("create", [&]() -> Result<std::unique_ptr<ObjectWriter>> {
      ASSIGN_OR_RETURN(auto writer, store_.Create(ctx, key));
      return std::make_unique<Writer>(std::move(writer), fate_);
    });
  }
  Result<std::unique_ptr<RandomReader>> Open(const Context& ctx, std::string_view key) override {
    return Do("open", [&]() -> Result<std::unique_ptr<RandomReader>> {
      ASSIGN_OR_RETURN(auto reader, store_.Open(ctx, key));
      return std::make_unique<Reader>(std::move(reader), fate_);
    });
  }
  Result<ObjectInfo> Stat(const Context& ctx, std::string_view key) override {
    return Do("stat", [&] { return store_.Stat(ctx, key); });
  }
  Result<std::vector<ObjectInfo>> List(const Context& ctx, std::string_view prefix) override {
    return Do("list", [&] { return store_.List(ctx, prefix); });
  }
  Status Delete(const Context& ctx, std::string_view key) override {
    return Do("delete", [&] { return store_.Delete(ctx, key); });
  }
  Result<std::optional<ByteCount>> FreeSpace(const Context& ctx) override {
    return Do("free", [&] { return store_.FreeSpace(ctx); });
  }

 private:
  template <class Call>
  auto Do(std::string_view name, Call call) -> decltype(call()) {
    return reprise::testing::Fated(fate_, reprise::testing::World::kStorage, name, call);
  }

  class Writer final : public ObjectWriter {
   public:
    Writer(std::unique_ptr<ObjectWriter> writer, reprise::testing::Fate& fate)
        : writer_(std::move(writer)), fate_(fate) {}
    Status Write(const Context& ctx, ConstByteSpan bytes) override {
      return reprise::testing::Fated(fate_, reprise::testing::World::kStorage, "write",
                                     [&] { return writer_->Write(ctx, bytes); });
    }
    Status Close(const Context& ctx) override {
      return reprise::testing::Fated(fate_, reprise::testing::World::kStorage, "close",
                                     [&] { return writer_->Close(ctx); });
    }

   private:
    std::unique_ptr<ObjectWriter> writer_;
    reprise::testing::Fate& fate_;
  };

  class Reader final : public RandomReader {
   public:
    Reader(std::unique_ptr<RandomReader> reader, reprise::testing::Fate& fate)
        : reader_(std::move(reader)), fate_(fate) {}
    [[nodiscard]] ByteCount size() const override { return reader_->size(); }
    Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset, ByteSpan into) override {
      auto read = reprise::testing::Fated(fate_, reprise::testing::World::kStorage, "read",
                                          [&] { return reader_->ReadAt(ctx, offset, into); });
      if (read) fate_.Carry(into.first(*read));
      return read;
    }

   private:
    std::unique_ptr<RandomReader> reader_;
    reprise::testing::Fate& fate_;
  };

  ObjectStore& store_;
  reprise::testing::Fate& fate_;
};

}  // namespace reprise::storage::testing
