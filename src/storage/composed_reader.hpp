#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/recipe.hpp"

namespace reprise::storage {

// What a recipe makes, read by ranges of its parts. Parts are opened when they are first read.
// Thread-safe.
class ComposedReader final : public RandomReader {
 public:
  using OpenPart =
      std::function<Result<std::unique_ptr<RandomReader>>(const Context& ctx, const std::string&)>;
  // `open` is called with the key of a part.
  ComposedReader(const Recipe& recipe, OpenPart open);

  [[nodiscard]] ByteCount size() const override { return size_; }
  // kArchiveCorrupt, with the part's key, when a part is gone or has another size than the recipe
  // says.
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override;

 private:
  struct Part {
    RecipePart about;
    std::mutex mutex;
    std::unique_ptr<RandomReader> reader;
  };
  struct Piece {
    ByteCount begin;  // in what is composed
    ByteCount length;
    std::size_t part;
    ByteCount offset;  // in the part
  };
  [[nodiscard]] Result<RandomReader*> Opened(const Context& ctx, Part& part);
  [[nodiscard]] Status ReadPiece(const Context& ctx, const Piece& piece, ByteCount skip,
                                 ByteSpan into);

  const OpenPart open_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<Piece> pieces_;  // in order; neighbours of one part are one
  ByteCount size_ = 0;
};

}  // namespace reprise::storage
