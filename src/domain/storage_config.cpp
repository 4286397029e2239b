#include "domain/storage_config.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kProviderNames = MakeNameTable<StorageProvider>({
    {StorageProvider::kS3, "s3"},
    {StorageProvider::kR2, "r2"},
    {StorageProvider::kB2, "b2"},
    {StorageProvider::kMinio, "minio"},
    {StorageProvider::kCeph, "ceph"},
    {StorageProvider::kSftp, "sftp"},
    {StorageProvider::kFtps, "ftps"},
    {StorageProvider::kFtp, "ftp"},
    {StorageProvider::kLocal, "local"},
});

}  // namespace

std::string_view NameOf(StorageProvider value) { return kProviderNames.Name(value); }
std::optional<StorageProvider> ParseStorageProvider(std::string_view text) {
  return kProviderNames.Parse(text);
}

}  // namespace reprise::domain
