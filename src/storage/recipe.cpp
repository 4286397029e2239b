#include "storage/recipe.hpp"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <optional>

#include "storage/object_key.hpp"

namespace reprise::storage {
namespace {

constexpr std::string_view kFirstLine = "reprise recipe 1";
// What a stranger's recipe may cost: ours stay far below.
constexpr ByteCount kMostBytes = ByteCount{128} << 20;
constexpr std::size_t kMostParts = 256;
constexpr ByteCount kMostSize = ByteCount{1} << 50;

constexpr std::string_view kPartsFolder = "parts/";
constexpr std::string_view kSealedEnding = ".sealed";  // as domain::kSealedEnding

Error Hostile(std::string_view what) {
  return {ErrorCode::kArchiveHostile, fmt::format("the archive's recipe {}", what), ""};
}

// The words of one line, read from its beginning.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::optional<std::string_view> Next() {
    if (rest_.empty()) return std::nullopt;
    const std::size_t space = rest_.find(' ');
    const std::string_view word = rest_.substr(0, space);
    rest_.remove_prefix(space == std::string_view::npos ? rest_.size() : space + 1);
    if (word.empty()) return std::nullopt;
    return word;
  }
  template <class Number>
  bool Next(Number& number, int base = 10) {
    const auto word = Next();
    if (!word) return false;
    const auto [end, error] =
        std::from_chars(word->data(), word->data() + word->size(), number, base);
    return error == std::errc() && end == word->data() + word->size();
  }
  [[nodiscard]] bool IsAtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// Builds a recipe of its lines.
class Parser {
 public:
  explicit Parser(std::string_view key) : is_sealed_(key.ends_with(kSealedEnding)) {}

  // False: not understood.
  Result<bool> Take(std::string_view line) {
    Words words(line);
    const auto kind = words.Next();
    if (!kind || ended_) return false;
    if (*kind == "part") return TakePart(words);
    if (*kind == "bytes") return TakeRange(words);
    ByteCount total = 0;
    ended_ = *kind == "end" && words.Next(total) && words.IsAtEnd() && total == size_;
    return ended_;
  }
  [[nodiscard]] bool HasEnded() const { return ended_; }
  Recipe&& recipe() && { return std::move(recipe_); }

 private:
  Result<bool> TakePart(Words& words) {
    const auto key = words.Next();
    RecipePart part;
    if (!key || !words.Next(part.size) || !words.IsAtEnd()) return false;
    part.key = *key;
    // A plain recipe that names what is sealed would have it opened for whoever may read plain
    // ones.
    if (!CheckKey(part.key) || IsRecipeKey(part.key) || !part.key.starts_with(kPartsFolder) ||
        part.key.ends_with(kSealedEnding) != is_sealed_) {
      return Fail(Hostile("names a part that is none of an archive"));
    }
    if (part.size > kMostSize) return Fail(Hostile("names a part that is too large"));
    if (recipe_.parts.size() == kMostParts) return Fail(Hostile("has too many parts"));
    recipe_.parts.push_back(std::move(part));
    taken_.push_back(0);
    return true;
  }

  Result<bool> TakeRange(Words& words) {
    RecipeRange range;
    if (!words.Next(range.part) || !words.Next(range.offset) || !words.Next(range.length) ||
        !words.Next(range.crc32, 16) || !words.IsAtEnd() || range.part >= recipe_.parts.size()) {
      return false;
    }
    const ByteCount size = recipe_.parts[range.part].size;
    if (range.length == 0 || range.offset > size || range.length > size - range.offset) {
      return false;
    }
    // No byte is taken twice, so that what is made is no larger than what lies in the storage.
    taken_[range.part] += range.length;
    if (taken_[range.part] > size) return Fail(Hostile("takes more of a part than it has"));
    size_ += range.length;
    if (size_ > kMostSize) return Fail(Hostile("makes too large an archive"));
    recipe_.ranges.push_back(range);
    return true;
  }

  const bool is_sealed_;
  Recipe recipe_;
  std::vector<ByteCount> taken_;  // of each part
  ByteCount size_ = 0;
  bool ended_ = false;
};

}  // namespace

ByteCount Recipe::size() const {
  ByteCount size = 0;
  for (const RecipeRange& range : ranges) size += range.length;
  return size;
}

bool IsRecipeKey(std::string_view key) {
  const std::size_t slash = key.find_last_of("/:");
  if (slash != std::string_view::npos) key.remove_prefix(slash + 1);
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos || !key.substr(dot).starts_with(kRecipeEnding)) return false;
  key.remove_prefix(dot + kRecipeEnding.size());
  return key.empty() || key.front() == '.';
}

std::string WriteRecipe(const Recipe& recipe) {
  std::string text(kFirstLine);
  text += '\n';
  for (const RecipePart& part : recipe.parts) {
    fmt::format_to(std::back_inserter(text), "part {} {}\n", part.key, part.size);
  }
  for (const RecipeRange& range : recipe.ranges) {
    fmt::format_to(std::back_inserter(text), "bytes {} {} {} {:08x}\n", range.part, range.offset,
                   range.length, range.crc32);
  }
  fmt::format_to(std::back_inserter(text), "end {}\n", recipe.size());
  return text;
}

Result<Recipe> ParseRecipe(std::string_view key, std::string_view text) {
  const auto damaged = [](std::size_t number) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the archive's recipe is damaged in line {}", number),
                "use another backup, and have the storage checked");
  };
  Parser parser(key);
  std::size_t number = 1;
  for (; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return damaged(number);
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (number == 1) {
      if (line != kFirstLine) return damaged(number);
      continue;
    }
    ASSIGN_OR_RETURN(const bool understood, parser.Take(line));
    if (!understood) return damaged(number);
  }
  if (!parser.HasEnded()) return damaged(number);
  return std::move(parser).recipe();
}

Result<Recipe> ReadRecipe(const Context& ctx, ObjectStore& store, std::string_view key) {
  ASSIGN_OR_RETURN(const auto object, store.Open(ctx, key));
  if (object->size() > kMostBytes) return Fail(Hostile("is too large"));
  RangeReader all(*object, 0, object->size());
  ASSIGN_OR_RETURN(const std::string text, ReadAll(ctx, all, kMostBytes));
  return ParseRecipe(key, text);
}

std::string PartAddress(std::string_view recipe_address, std::string_view part_key) {
  const std::size_t colon = recipe_address.find(':');
  if (colon == std::string_view::npos) return std::string(part_key);
  return std::string(recipe_address.substr(0, colon + 1)) + std::string(part_key);
}

}  // namespace reprise::storage
