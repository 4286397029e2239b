#pragma once

#include <string>

#include "storage/url_source.hpp"

namespace reprise::backup {

// An archive that somebody says lies at an address. All of it may be secret.
struct ArchiveAtUrl {
  storage::UrlSource source;
  std::string sha256;  // of what lies there, in lower-case hex; empty: not told
};

}  // namespace reprise::backup
