#include "domain/archive_owner.hpp"

namespace reprise::domain {

std::string_view StemOfKey(std::string_view storage_key) {
  const std::size_t slash = storage_key.rfind('/');
  if (slash != std::string_view::npos) storage_key.remove_prefix(slash + 1);
  return storage_key.substr(0, storage_key.find('.'));
}

bool OwnsItsArchive(const Backup& backup) {
  return StemOfKey(backup.storage_key) == backup.id.value;
}

}  // namespace reprise::domain
