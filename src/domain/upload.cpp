#include "domain/upload.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kUploadStatusNames = MakeNameTable<UploadStatus>({
    {UploadStatus::kUploading, "uploading"},
    {UploadStatus::kImporting, "importing"},
    {UploadStatus::kAbandoned, "abandoned"},
    {UploadStatus::kEnded, "ended"},
});

}  // namespace

std::string_view NameOf(UploadStatus value) { return kUploadStatusNames.Name(value); }
std::optional<UploadStatus> ParseUploadStatus(std::string_view text) {
  return kUploadStatusNames.Parse(text);
}

std::string AddressOfParts(const Upload& upload) {
  const std::string key = fmt::format("uploads/{}/", upload.id.value);
  const std::string& storage = upload.place.storage_config_id.value;
  return storage.empty() ? key : storage + ":" + key;
}

bool IsPartOfUpload(std::string_view key) {
  constexpr std::string_view kFolder = "uploads/";
  if (!key.starts_with(kFolder)) return false;
  const std::string_view rest = key.substr(kFolder.size());
  const std::size_t end = rest.find('/');
  return end != std::string_view::npos && IsUuid(rest.substr(0, end));
}

std::string AddressOfNextPart(const Upload& upload) {
  return fmt::format("{}{:016}-{}{}", AddressOfParts(upload), upload.received_bytes, upload.claim,
                     upload.place.is_sealed ? kSealedEnding : "");
}

}  // namespace reprise::domain
