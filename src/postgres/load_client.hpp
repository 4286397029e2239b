#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "docker/throwaway_container.hpp"
#include "postgres/cluster.hpp"

namespace reprise::postgres {

// Where a dump is read and loaded from: a throwaway container of the server's own image, beside the
// server, without rights on its machine. What runs in it ends with it. Failures of the programs are
// those of LoadError. Thread-safe.
class LoadClient {
 public:
  [[nodiscard]] static Result<LoadClient> Start(const Context& ctx, const Cluster& cluster,
                                                const std::string& name,
                                                const docker::Labels& labels);

  // Writes a stream into a file of it. kNoSpace.
  [[nodiscard]] Status Put(const Context& ctx, ByteReader& content, std::string_view path) const;
  // What pg_restore prints with these arguments; kPayloadTooLarge past 64 MiB.
  [[nodiscard]] Result<std::string> AskPgRestore(const Context& ctx,
                                                 std::vector<std::string> arguments) const;
  // Runs pg_restore with these arguments.
  [[nodiscard]] Status PgRestore(const Context& ctx, std::vector<std::string> arguments,
                                 const docker::EnvironmentVariables& login) const;
  // Runs SQL, up to its first error. What its \echo says goes to `echo`.
  [[nodiscard]] Status Psql(const Context& ctx, const docker::EnvironmentVariables& login,
                            ByteReader& sql, ByteWriter* echo = nullptr) const;
  // Runs any program to its end, with nothing to read. Of both outputs the last 32 KiB are kept.
  struct Ended {
    int exit_code = 0;
    std::string output;
    std::string complaints;
  };
  [[nodiscard]] Result<Ended> Run(const Context& ctx, std::vector<std::string> command,
                                  const docker::EnvironmentVariables& environment) const;

 private:
  explicit LoadClient(docker::ThrowawayContainer container) : container_(std::move(container)) {}
  docker::ThrowawayContainer container_;
};

}  // namespace reprise::postgres
