#pragma once

#include <memory>
#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

// Packs what is written into gzip members, one after the other into `sink`, which it borrows and
// does not close. A member begins with the first byte written after the last one's end, and ends by
// itself when it is full. Members are packed by threads of their own, and written to the sink in
// order by the thread that calls. Used by one thread; memory is bounded.
class GzipWriter {
 public:
  static constexpr std::size_t kMemberBytes = 512 * 1024;  // unpacked, at most

  // 0 threads: one for each core.
  explicit GzipWriter(ByteWriter& sink, unsigned threads = 0);
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes);
  // Ends the member. Nothing happens when none has begun.
  [[nodiscard]] Status EndMember(const Context& ctx);
  // Ends the member, and waits until all of them are with the sink.
  [[nodiscard]] Status Finish(const Context& ctx);

  // Bytes written into the current member, unpacked.
  [[nodiscard]] std::size_t member_bytes() const;
  // How many members were ended: the number of the current one.
  [[nodiscard]] std::size_t member() const;
  // Where each member begins in the sink's bytes. Those still being packed are not among them.
  [[nodiscard]] const std::vector<ByteCount>& offsets() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reprise::archive
