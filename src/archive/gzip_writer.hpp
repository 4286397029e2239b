#pragma once

#include <memory>

#include "base/stream.hpp"

namespace reprise::archive {

// Packs what is written into gzip members (isa-l, level 1), one after the other into `sink`, which
// it borrows and does not close. A member begins with the first byte written after the last one's
// end. Used by one thread.
class GzipWriter {
 public:
  explicit GzipWriter(ByteWriter& sink);
  ~GzipWriter();

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes);
  // Ends the member and hands all of it to the sink. Nothing happens when none has begun.
  [[nodiscard]] Status EndMember(const Context& ctx);
  // Bytes written into the current member, unpacked.
  [[nodiscard]] ByteCount member_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reprise::archive
