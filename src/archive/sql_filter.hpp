#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

// Makes a plain-text dump fit to be loaded by psql under a role without rights, as a stream:
// - refuses (kArchiveHostile, with the line number) any psql meta-command (`\!`, `\copy`, `\i`, …)
//   outside COPY data, quotes, dollar quotes and comments, but for the dump's own \restrict /
//   \unrestrict and `\.`, `\connect` to nowhere else; COPY … PROGRAM / to or from a server file;
// - leaves out CREATE EXTENSION and COMMENT ON EXTENSION (created beforehand by the administrator),
//   ALTER … OWNER TO, GRANT, REVOKE, SET transaction_timeout and kin that older servers do not
//   know, \restrict and \unrestrict.
// Bounded memory: a line longer than 64 MiB outside COPY data is kArchiveHostile.
class SqlFilter final : public ByteReader {
 public:
  explicit SqlFilter(ByteReader& from);
  ~SqlFilter() override;
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;

  // Extension names met so far, in order.
  [[nodiscard]] const std::vector<std::string>& extensions() const;
  // Whether "PostgreSQL database dump complete" was met.
  [[nodiscard]] bool complete() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The extensions that a plain-text dump creates, from its preamble (up to the first CREATE TABLE).
[[nodiscard]] Result<std::vector<std::string>> ExtensionsInPreamble(const Context& ctx,
                                                                    ByteReader& sql);

}  // namespace reprise::archive
