#include "rescue/tolerant_archive.hpp"

#include <algorithm>

namespace reprise::rescue {
namespace {

bool IsDamage(const Status& status) {
  return !status && status.error().code == ErrorCode::kArchiveCorrupt;
}

// Gives `size` bytes whatever comes.
class WholeReader final : public ByteReader {
 public:
  WholeReader(ByteReader& from, ByteCount size) : from_(from), left_(size) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    if (left_ == 0) return std::size_t{0};
    if (into.size() > left_) into = into.first(static_cast<std::size_t>(left_));
    std::size_t count = 0;
    if (!damage_) {
      auto read = from_.Read(ctx, into);
      if (!read && read.error().code != ErrorCode::kArchiveCorrupt) return read;
      if (read) count = *read;
      if (!read) damage_ = std::move(read.error());
      if (!damage_ && count == 0) damage_ = Error{ErrorCode::kArchiveCorrupt, "it is cut off"};
    }
    if (damage_) {
      std::fill(into.begin(), into.end(), std::byte{0});
      count = into.size();
    }
    left_ -= count;
    return count;
  }
  [[nodiscard]] const std::optional<Error>& damage() const { return damage_; }

 private:
  ByteReader& from_;
  ByteCount left_;
  std::optional<Error> damage_;
};

}  // namespace

std::optional<Error> TolerantArchive::WhyNot(const std::string& path) const {
  const auto found = damaged_.find(path);
  if (found != damaged_.end()) return found->second;
  return seen_.contains(path) ? std::nullopt : rest_;
}

Status TolerantArchive::Visit(const Context& ctx, const archive::FilestoreFilter& wanted,
                              const archive::FilestoreVisitor& visit) {
  return inner_.VisitFilestore(
      ctx, wanted, [&](const archive::FilestoreFile& file, ByteReader& content) -> Status {
        WholeReader whole(content, file.size);
        RETURN_IF_ERROR(visit(file, whole));
        seen_.insert(file.path);
        if (whole.damage()) damaged_.insert_or_assign(file.path, *whole.damage());
        return {};
      });
}

Status TolerantArchive::VisitFilestore(const Context& ctx, const archive::FilestoreFilter& wanted,
                                       const archive::FilestoreVisitor& visit) {
  const Status visited = Visit(ctx, wanted, visit);
  if (!IsDamage(visited)) return visited;
  const auto listing = inner_.filestore_listing();
  // What can only be read from its beginning ends where it is damaged.
  if (!listing) {
    rest_ = visited.error();
    return {};
  }
  for (const archive::FilestoreFile& file : *listing) {
    if (seen_.contains(file.path) || (wanted && !wanted(file))) continue;
    const auto is_this = [&](const archive::FilestoreFile& one) { return one.path == file.path; };
    const Status alone = Visit(ctx, is_this, visit);
    if (!alone && !IsDamage(alone)) return alone;
    if (!alone && !seen_.contains(file.path)) damaged_.insert_or_assign(file.path, alone.error());
  }
  return {};
}

}  // namespace reprise::rescue
