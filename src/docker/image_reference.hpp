#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reprise::docker {

// "registry:5000/library/odoo:19" → name "registry:5000/library/odoo", tag "19". Without a tag or
// digest it is "latest": the engine would take that for "all tags".
struct ImageReference {
  std::string name;
  std::string tag_or_digest;  // "19", or "sha256:…"
};

// Nothing for what cannot be an image's name: empty parts, "..", blanks.
[[nodiscard]] std::optional<ImageReference> ParseImageReference(std::string_view text);

}  // namespace reprise::docker
