#pragma once

#include <memory>
#include <string>

#include "base/stream.hpp"

namespace reprise::docker {

// A connected stream socket. One thread may read while another writes; Cut() may come from any
// thread. Every call that waits ends at once when its context stops.
class ByteSocket {
 public:
  virtual ~ByteSocket() = default;

  // Fills at least one byte of `into`; 0 = the other side has ended. A reset counts as an end: the
  // engine resets when a program ends before it has read all of its input, and what it had sent
  // before is still delivered. Whoever needs more must know from the protocol where the end is.
  [[nodiscard]] virtual Result<std::size_t> Read(const Context& ctx, ByteSpan into) = 0;
  // Writes all; kEngineUnavailable when the other side is gone.
  [[nodiscard]] virtual Status Write(const Context& ctx, ConstByteSpan bytes) = 0;
  // Tells the other side that nothing more comes; reading goes on.
  virtual void EndWriting() = 0;
  // Ends both directions; calls that wait return.
  virtual void Cut() = 0;
};

// Connects to a unix socket. kEngineUnavailable when nobody listens there, or when it is not ours
// to use.
[[nodiscard]] Result<std::unique_ptr<ByteSocket>> DialUnix(const Context& ctx,
                                                           const std::string& path);

}  // namespace reprise::docker
