#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/stream.hpp"

namespace reprise {

// A file on disk for reading anywhere.
[[nodiscard]] Result<std::unique_ptr<RandomReader>> OpenFile(const std::filesystem::path& path);

enum class FileMode { kShared, kPrivate };  // 0644, 0600

// A file that appears under `path` only when closed: written beside it under a temporary name,
// synced, renamed, and the directory synced. Destroyed before, it removes the temporary file.
[[nodiscard]] Result<std::unique_ptr<ByteWriter>> CreateFileAtomically(
    const std::filesystem::path& path, FileMode mode = FileMode::kShared);

// Gives a file that another library has written its name, atomically and for good: synced, renamed
// over what is there, the directory synced.
[[nodiscard]] Status PublishFile(const std::filesystem::path& written,
                                 const std::filesystem::path& path);

// Holds a lock file as long as it lives; the system lets go of it when the process dies.
class FileLock {
 public:
  // kConflict when another process holds it.
  static Result<FileLock> Take(const std::filesystem::path& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

// Reads a small text file; kPayloadTooLarge past `most` bytes.
[[nodiscard]] Result<std::string> ReadTextFile(const std::filesystem::path& path,
                                               ByteCount most = 1 << 20);
// Replaces the file as CreateFileAtomically does.
[[nodiscard]] Status WriteTextFile(const std::filesystem::path& path, std::string_view text,
                                   FileMode mode);

}  // namespace reprise
