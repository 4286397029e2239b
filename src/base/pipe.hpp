#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "base/stream.hpp"

namespace reprise {

// A bounded pipe between one writing and one reading thread: what turns "somebody pushes" into
// "somebody pulls". Memory is bounded by `capacity`. Each side can end it with an error, which the
// other side then gets; a writer whose reader is gone gets kCancelled.
class Pipe {
 public:
  explicit Pipe(std::size_t capacity = 1 << 20) : capacity_(capacity) {}

  // The two ends. They borrow the pipe, which must outlive them.
  [[nodiscard]] ByteReader& reader() { return reader_; }
  [[nodiscard]] ByteWriter& writer() { return writer_; }

  // The reader gets `error` once it has read what is buffered.
  void FailWriter(Error error);
  // The writer gets `error` at its next write.
  void FailReader(Error error);

 private:
  class Reader final : public ByteReader {
   public:
    explicit Reader(Pipe& pipe) : pipe_(pipe) {}
    [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
      return pipe_.Take(ctx, into);
    }

   private:
    Pipe& pipe_;
  };
  class Writer final : public ByteWriter {
   public:
    explicit Writer(Pipe& pipe) : pipe_(pipe) {}
    [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
      return pipe_.Put(ctx, bytes);
    }
    [[nodiscard]] Status Close(const Context&) override {
      pipe_.End();
      return {};
    }

   private:
    Pipe& pipe_;
  };

  Result<std::size_t> Take(const Context& ctx, ByteSpan into);
  Status Put(const Context& ctx, ConstByteSpan bytes);
  void End();

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::string> chunks_;
  std::size_t start_ = 0;     // first unread byte of the first chunk
  std::size_t buffered_ = 0;  // unread bytes in all chunks
  bool ended_ = false;
  std::optional<Error> writer_error_;
  std::optional<Error> reader_error_;
  Reader reader_{*this};
  Writer writer_{*this};
};

}  // namespace reprise
