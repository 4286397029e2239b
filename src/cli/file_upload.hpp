#pragma once

#include <boost/json/value.hpp>
#include <filesystem>
#include <string>

#include "base/stream.hpp"
#include "cli/options.hpp"
#include "cli/session.hpp"

namespace reprise::cli {

// A file of this machine that becomes a backup.
struct FileToUpload {
  std::filesystem::path path;
  RandomReader& content;
  const BackupImport& options;
  std::string storage_id;  // empty: the organization's default
};

// Uploads it in as many requests as the line needs, from where an earlier upload of the same file
// was left, and answers with the backup. Goes on by itself when the line breaks or the server is
// away for some minutes; what has come stays on the server for 24 hours after that.
[[nodiscard]] Result<boost::json::value> UploadFile(const Session& session,
                                                    const FileToUpload& file);

}  // namespace reprise::cli
