#include "archive/dump_measure.hpp"

namespace reprise::archive {
namespace {

// Nobody reads from the pipe any more: who writes into it need not wait.
struct NoMore {
  Pipe& pipe;
  ~NoMore() { pipe.FailReader({ErrorCode::kCancelled, "enough was seen"}); }
};

}  // namespace

DumpMeasure::DumpMeasure(const Context& ctx, ByteReader& dump) : dump_(dump), looking_(ctx) {
  looking_.Spawn([this](const Context& inner) -> Status {
    const NoMore whatever_happens{pipe_};
    auto info = MeasureCustomDump(inner, pipe_.reader());
    if (info) info_ = std::move(*info);
    return {};
  });
}

Result<std::size_t> DumpMeasure::Read(const Context& ctx, ByteSpan into) {
  auto count = dump_.Read(ctx, into);
  if (!looks_) return count;
  if (!count) {
    looks_ = false;
    pipe_.FailWriter(count.error());
  } else {
    const Status seen =
        *count == 0 ? pipe_.writer().Close(ctx) : pipe_.writer().Write(ctx, into.first(*count));
    looks_ = seen.has_value() && *count > 0;
  }
  return count;
}

std::optional<CustomDumpInfo> DumpMeasure::Take() {
  if (looks_) looking_.Stop();  // its end was never seen
  looks_ = false;
  static_cast<void>(looking_.Join());
  return std::move(info_);
}

}  // namespace reprise::archive
