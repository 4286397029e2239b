#pragma once

#include <memory>

#include "backup/archive_keys.hpp"
#include "base/stream.hpp"
#include "domain/ids.hpp"

namespace reprise::backup {

// An archive as it comes, or opened on the way when it is sealed with a key of the organization.
// `archive` must outlive it. Without `keys` a sealed one is kFormatUnsupported.
[[nodiscard]] Result<std::unique_ptr<ByteReader>> OpenUpload(
    const Context& ctx, const ArchiveKeys* keys, const domain::OrganizationId& organization,
    ByteReader& archive);

}  // namespace reprise::backup
